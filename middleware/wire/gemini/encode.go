package gemini

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Format is generateContent of whatever model a request names: what clients send by. Its base URL is given with or without
// "/v1beta".
var Format wire.Addressed = call{collection: "models", method: generate, events: true}

// Address asks for server-sent events where a stream is wanted.
func (c call) Address(r *wire.Request) (path string, query url.Values, err error) {
	c.name = strings.TrimPrefix(r.Model, "models/")
	if tuned, ok := strings.CutPrefix(c.name, "tunedModels/"); ok {
		c.collection, c.name = "tunedModels", tuned
	}
	if strings.Trim(c.name, ".") == "" || strings.ContainsFunc(c.name, noName) {
		return "", nil, fmt.Errorf("%.60q is no name of a model that an address could have", r.Model)
	}
	if r.Streams() {
		c.method, query = stream, url.Values{"alt": {"sse"}}
	}
	return c.Path(), query, nil
}

func noName(r rune) bool {
	return r > '~' || !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@", r)
}

type request struct {
	System   *content  `json:"systemInstruction,omitempty"`
	Contents []content `json:"contents"`
	Tools    []tools   `json:"tools,omitempty"`
	Config   config    `json:"generationConfig,omitzero"`
	Tier     string    `json:"serviceTier,omitempty"`
}

type tools struct {
	Functions []function `json:"functionDeclarations"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"parametersJsonSchema,omitempty"`
}

type config struct {
	MaxOutput   *int64          `json:"maxOutputTokens,omitempty"`
	Choices     int             `json:"candidateCount,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Stop        []string        `json:"stopSequences,omitempty"`
	Type        string          `json:"responseMimeType,omitempty"`
	Schema      json.RawMessage `json:"responseJsonSchema,omitempty"`
}

func (call) build(r *wire.Request) ([]byte, error) {
	body := request{
		Contents: make([]content, 0, len(r.Messages)), Tier: r.Tier.Service,
		Config: config{Temperature: r.Temperature, Seed: r.Seed, Stop: r.Stop, Schema: r.Schema, MaxOutput: reading.OutputCap(r)},
	}
	switch {
	case r.MaxOutput == wire.NoOutput:
		return nil, errors.New("encode the request: the gemini format has no output cap of 0")
	case r.Tier.Region != "":
		return nil, errors.New("encode the request: the gemini format has no region")
	case r.Tier.Service == budget.StandardService:
		body.Tier = "" // what it is without a word
	}
	if r.Choices > 1 {
		body.Config.Choices = r.Choices
	}
	if r.Schema != nil {
		body.Config.Type = "application/json"
	}
	for i := range r.Messages {
		if err := body.add(&r.Messages[i]); err != nil {
			return nil, fmt.Errorf("encode the request: message %d: %w", i, err)
		}
	}
	var declared []function
	for _, t := range r.Tools {
		declared = append(declared, function{t.Name, t.Description, t.Schema})
	}
	if declared != nil {
		body.Tools = []tools{{declared}}
	}
	return reading.Encode(body)
}

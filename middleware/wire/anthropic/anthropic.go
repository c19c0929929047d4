// Package anthropic is the wire format of the Messages API: https://docs.anthropic.com/en/api/messages.
package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Format is the Messages API. Its base URL is given without "/v1", as Anthropic's own clients take it.
var Format wire.Format = format{}

type format struct{}

func (format) Name() string { return "anthropic" }

func (format) Path() string { return "/v1/messages" }

func (format) Header(key string) map[string]string {
	h := map[string]string{"Content-Type": "application/json", "anthropic-version": "2023-06-01"}
	if key != "" {
		h["x-api-key"] = key
	}
	return h
}

type request struct {
	Model       string    `json:"model"`
	MaxTokens   int64     `json:"max_tokens"`
	System      string    `json:"system,omitempty"`
	Messages    []message `json:"messages"`
	Tools       []tool    `json:"tools,omitempty"`
	Output      any       `json:"output_config,omitempty"`
	Temperature *float64  `json:"temperature,omitempty"`
	Stop        []string  `json:"stop_sequences,omitempty"`
	Stream      bool      `json:"stream,omitempty"`
	Tier        string    `json:"service_tier,omitempty"`
	Speed       string    `json:"speed,omitempty"`
	Region      string    `json:"inference_geo,omitempty"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"input_schema"`
}

func (f format) Encode(r *wire.Request) ([]byte, error) {
	if r.Body != nil {
		return f.patch(r)
	}
	switch {
	case r.MaxOutput <= 0:
		return nil, errors.New("encode the request: the anthropic format needs an output cap (MaxOutput)")
	case r.Seed != nil:
		return nil, errors.New("encode the request: the anthropic format has no seed (Seed)")
	case r.Choices > 1:
		return nil, errors.New("encode the request: the anthropic format has one answer a request (Choices)")
	}
	body := request{
		Model: r.Model, MaxTokens: r.MaxOutput, Temperature: r.Temperature, Stop: r.Stop,
		Messages: make([]message, 0, len(r.Messages)), Stream: r.Streams(), Region: r.Tier.Region,
	}
	switch r.Tier.Service {
	case "":
	case budget.StandardService:
		body.Tier = "standard_only"
	case "fast":
		body.Speed = "fast"
	default:
		body.Tier = "auto" // the account's priority capacity, if it has some
	}
	for i := range r.Messages {
		if err := body.add(&r.Messages[i]); err != nil {
			return nil, fmt.Errorf("encode the request: message %d: %w", i, err)
		}
	}
	for _, t := range r.Tools {
		schema := t.Schema
		if schema == nil {
			schema = json.RawMessage(`{"type":"object"}`)
		}
		body.Tools = append(body.Tools, tool{t.Name, t.Description, schema})
	}
	if r.Schema != nil {
		body.Output = map[string]any{"format": map[string]any{"type": "json_schema", "schema": r.Schema}}
	}
	return reading.Encode(body)
}

// patch lowers the cap of a foreign client's body to what was granted, and its thinking to what that has room for. Streams always report usage.
func (f format) patch(r *wire.Request) ([]byte, error) {
	p, err := reading.PatchOf(r, f)
	if err != nil {
		return nil, err
	}
	if most := reading.OutputCap(r); most != nil {
		limit(p, *most)
	}
	return p.Bytes(), nil
}

// Package openai is the wire format of Chat Completions, as OpenAI and the many servers that are compatible with it
// speak it (https://platform.openai.com/docs/api-reference/chat), and the reading of requests to its Responses.
package openai

import (
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Format is Chat Completions.
var Format wire.Format = format{}

type format struct{}

func (format) Name() string { return "openai" }

func (format) Path() string { return "/chat/completions" }

func (format) Header(key string) map[string]string {
	h := map[string]string{"Content-Type": "application/json"}
	if key != "" {
		h["Authorization"] = "Bearer " + key
	}
	return h
}

type request struct {
	Model       string          `json:"model"`
	Messages    []message       `json:"messages"`
	Tools       []tool          `json:"tools,omitempty"`
	Format      any             `json:"response_format,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Stop        []string        `json:"stop,omitempty"`
	Choices     int             `json:"n,omitempty"`
	MaxTokens   *int64          `json:"max_tokens,omitempty"`
	MaxComplete *int64          `json:"max_completion_tokens,omitempty"`
	Tier        string          `json:"service_tier,omitempty"`
	Stream      bool            `json:"stream,omitempty"`
	Options     json.RawMessage `json:"stream_options,omitempty"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

const includeUsage = `{"include_usage":true}`

func (f format) Encode(r *wire.Request) ([]byte, error) {
	if r.Body != nil {
		return f.patch(r)
	}
	body := request{
		Model: r.Model, Temperature: r.Temperature, Seed: r.Seed, Stop: r.Stop,
		Messages: make([]message, 0, len(r.Messages)),
	}
	for i := range r.Messages {
		body.Messages = appendMessages(body.Messages, &r.Messages[i])
	}
	for _, t := range r.Tools {
		body.Tools = append(body.Tools, tool{"function", function{t.Name, t.Description, t.Schema}})
	}
	if r.Schema != nil {
		body.Format = map[string]any{"type": "json_schema", "json_schema": map[string]any{
			"name": "answer", "strict": true, "schema": r.Schema,
		}}
	}
	if r.Choices > 1 {
		body.Choices = r.Choices
	}
	if capKey(r) == models.MaxCompletionTokens {
		body.MaxComplete = reading.OutputCap(r)
	} else {
		body.MaxTokens = reading.OutputCap(r)
	}
	if body.Tier = r.Tier.Service; body.Tier == budget.StandardService {
		body.Tier = "default"
	}
	if r.Streams() {
		body.Stream, body.Options = true, json.RawMessage(includeUsage)
	}
	return reading.Encode(body)
}

// capKey is the field for the output cap where the body has none yet.
func capKey(r *wire.Request) string {
	if r.CapKey != "" {
		return r.CapKey
	}
	return models.Of(r.Model).CapKey()
}

// patch lowers the cap of a foreign client's body to what was granted and asks for usage in a stream. A
// body may have both cap fields, because servers differ in which they read: each is held down.
func (f format) patch(r *wire.Request) ([]byte, error) {
	p, err := reading.PatchOf(r, f)
	if err != nil {
		return nil, err
	}
	if limit := reading.OutputCap(r); limit != nil {
		p.Limit(*limit, capKey(r), models.MaxTokens, models.MaxCompletionTokens)
	}
	if r.Body.Stream && !r.Body.Unasked {
		err = patchUsage(p)
	}
	return p.Bytes(), err
}

// patchUsage asks for usage and keeps the other stream options.
func patchUsage(p *reading.Patch) error {
	raw := p.Top.Get("stream_options")
	if raw == nil {
		p.Set("stream_options", []byte(includeUsage))
		return nil
	}
	options, err := reading.NewPatch(raw)
	if err != nil {
		return reading.BodyError(err)
	}
	if !options.Top.Flag("include_usage") {
		options.Set("include_usage", []byte("true"))
		p.Set("stream_options", options.Bytes())
	}
	return nil
}

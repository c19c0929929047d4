// Package anthropic is the wire format of the Messages API: https://docs.anthropic.com/en/api/messages.
package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/models"
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

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`        // text
	ID        string          `json:"id,omitempty"`          // tool_use
	Name      string          `json:"name,omitempty"`        // tool_use
	Input     json.RawMessage `json:"input,omitempty"`       // tool_use
	ToolUseID string          `json:"tool_use_id,omitempty"` // tool_result
	Content   string          `json:"content,omitempty"`     // tool_result
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"input_schema"`
}

func (f format) Encode(r *wire.Request) ([]byte, error) {
	switch {
	case r.Raw != nil:
		return f.patch(r)
	case len(r.Images) > 0:
		return nil, reading.ErrImages
	case r.MaxOutput <= 0:
		return nil, errors.New("encode the request: the anthropic format needs an output cap (MaxOutput)")
	case r.Choices > 1:
		return nil, errors.New("encode the request: the anthropic format has one answer a request (Choices)")
	}
	body := request{
		Model: r.Model, MaxTokens: r.MaxOutput, Temperature: r.Temperature, Stop: r.Stop,
		Messages: make([]message, 0, len(r.Messages)), Stream: r.OnDelta != nil, Region: r.Tier.Region,
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
	for i, m := range r.Messages {
		if err := body.add(m); err != nil {
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

// add puts one message where this format has it: instructions before the conversation, a tool's answer
// into the user's turn, and consecutive answers into one turn.
func (b *request) add(m wire.Message) error {
	role, blocks := m.Role, []block(nil)
	switch m.Role {
	case wire.System, "developer":
		var all reading.Texts
		all.Add(b.System)
		all.Add(m.Content)
		b.System = all.String()
		return nil
	case wire.ToolRole:
		role = wire.User
		blocks = append(blocks, block{Type: "tool_result", ToolUseID: m.ToolCallID, Content: m.Content})
	default:
		if m.Content != "" {
			blocks = append(blocks, block{Type: "text", Text: m.Content})
		}
	}
	for _, c := range m.ToolCalls {
		input := json.RawMessage(c.Arguments)
		if len(input) == 0 {
			input = json.RawMessage("{}")
		}
		if !json.Valid(input) {
			return fmt.Errorf("the arguments of tool call %.40q are no JSON", c.Name)
		}
		blocks = append(blocks, block{Type: "tool_use", ID: c.ID, Name: c.Name, Input: input})
	}
	if last := len(b.Messages) - 1; m.Role == wire.ToolRole && last >= 0 && b.Messages[last].Role == wire.User {
		b.Messages[last].Content = append(b.Messages[last].Content, blocks...)
		return nil
	}
	b.Messages = append(b.Messages, message{role, blocks})
	return nil
}

// patch lowers the cap of a foreign client's body to what was granted. Streams always report usage.
func (format) patch(r *wire.Request) ([]byte, error) {
	p, err := reading.NewPatch(r.Raw.Body)
	if err != nil {
		return nil, reading.BodyError(err)
	}
	p.Follow(r)
	if limit := reading.OutputCap(r); limit != nil {
		p.Limit(*limit, models.MaxTokens, models.MaxTokens)
	}
	return p.Bytes(), nil
}

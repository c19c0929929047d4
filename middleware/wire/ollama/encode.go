package ollama

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Format is /api/chat: what clients send by.
var Format wire.Format = call{chat}

type request struct {
	Model    string          `json:"model"`
	Messages []message       `json:"messages"`
	Tools    []tool          `json:"tools,omitempty"`
	Schema   json.RawMessage `json:"format,omitempty"`
	Stream   bool            `json:"stream"` // always said, for silence asks for a stream
	Options  options         `json:"options,omitzero"`
}

type message struct {
	Role     string   `json:"role"`
	Content  string   `json:"content"`
	Thinking string   `json:"thinking,omitempty"`
	Images   [][]byte `json:"images,omitempty"` // in base64
	Calls    []called `json:"tool_calls,omitempty"`
	ToolName string   `json:"tool_name,omitempty"`
	CallID   string   `json:"tool_call_id,omitempty"`
}

type called struct {
	ID       string `json:"id,omitempty"`
	Function asked  `json:"function"`
}

type asked struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"` // an object
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"parameters,omitempty"`
}

type options struct {
	MaxOutput   *int64   `json:"num_predict,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`
}

// build writes the body of a chat that was made here.
func (c call) build(r *wire.Request) ([]byte, error) {
	switch {
	case c.path != chat:
		return nil, fmt.Errorf("encode the request: of the ollama format %s is only passed on", c.path)
	case r.MaxOutput == wire.NoOutput:
		return nil, errors.New("encode the request: the ollama format has no output cap of 0")
	case r.Choices > 1:
		return nil, errors.New("encode the request: the ollama format has one choice")
	case r.Tier.Region != "" || r.Tier.Service != "" && r.Tier.Service != budget.StandardService:
		return nil, errors.New("encode the request: the ollama format has no tiers and no regions")
	}
	body := request{
		Model: r.Model, Messages: make([]message, 0, len(r.Messages)), Schema: r.Schema, Stream: r.Streams(),
		Options: options{reading.OutputCap(r), r.Temperature, r.Seed, r.Stop},
	}
	for i := range r.Messages {
		if err := body.add(&r.Messages[i]); err != nil {
			return nil, fmt.Errorf("encode the request: message %d: %w", i, err)
		}
	}
	for _, t := range r.Tools {
		body.Tools = append(body.Tools, tool{"function", function{t.Name, t.Description, t.Schema}})
	}
	return reading.Encode(body)
}

// add puts one message where this format has it: a tool's result is a message of its own, after those of what else its
// message says.
func (b *request) add(m *wire.Message) error {
	turn := message{Role: m.Role}
	var texts, thoughts reading.Texts
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == wire.PartResult || p.Kind == wire.PartText && m.Role == wire.ToolRole:
			b.Messages = append(b.Messages, message{
				Role: wire.ToolRole, Content: p.Text, CallID: p.CallID, ToolName: cmp.Or(m.Name, b.called(p.CallID)),
			})
		case p.Kind == wire.PartText:
			texts.Add(p.Text)
		case p.Kind == wire.PartThinking:
			thoughts.Add(p.Text)
		case p.Kind == wire.PartImage && p.Image != nil && len(p.Image.Data) > 0:
			turn.Images = append(turn.Images, p.Image.Data)
		case p.Kind == wire.PartImage:
			return errors.New("an image goes to the ollama format as bytes, and not by its address")
		case p.Kind == wire.PartCall && p.Call != nil:
			args := json.RawMessage(cmp.Or(p.Call.Arguments, "{}"))
			if !json.Valid(args) {
				return fmt.Errorf("the arguments of tool call %.40q are no JSON", p.Call.Name)
			}
			turn.Calls = append(turn.Calls, called{p.Call.ID, asked{p.Call.Name, args}})
		default:
			return fmt.Errorf("a part of kind %d has nothing in it", p.Kind)
		}
	}
	turn.Content, turn.Thinking = texts.String(), thoughts.String()
	if m.Role != wire.ToolRole && (turn.Content != "" || turn.Thinking != "" || turn.Images != nil || turn.Calls != nil || len(m.Parts) == 0) {
		b.Messages = append(b.Messages, turn)
	}
	return nil
}

// called is the function that the call with an ID asked for.
func (b *request) called(id string) string {
	for _, m := range b.Messages {
		for _, c := range m.Calls {
			if id != "" && c.ID == id {
				return c.Function.Name
			}
		}
	}
	return ""
}

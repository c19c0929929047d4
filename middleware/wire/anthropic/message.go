package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

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
	Source    *source         `json:"source,omitempty"`      // image
	Thinking  string          `json:"thinking,omitempty"`    // thinking
	Signature string          `json:"signature,omitempty"`   // thinking
}

type source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type,omitempty"`
	Data      []byte `json:"data,omitempty"` // in base64
	URL       string `json:"url,omitempty"`
}

// add puts one message where this format has it: instructions before the conversation, a tool's result
// into the user's turn, and consecutive results into one turn.
func (b *request) add(m *wire.Message) error {
	if m.Role == wire.System || m.Role == "developer" {
		return b.instruct(m)
	}
	turn := message{Role: m.Role}
	if m.Role == wire.ToolRole {
		turn.Role = wire.User
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		one, err := blockOf(p)
		if err != nil {
			return err
		}
		if p.Kind == wire.PartText && m.Role == wire.ToolRole {
			one = block{Type: "tool_result", Content: p.Text}
		} else if p.Kind == wire.PartText && p.Text == "" {
			continue // it is refused
		}
		turn.Content = append(turn.Content, one)
	}
	if last := len(b.Messages) - 1; m.Role == wire.ToolRole && last >= 0 && b.Messages[last].Role == wire.User {
		b.Messages[last].Content = append(b.Messages[last].Content, turn.Content...)
		return nil
	}
	b.Messages = append(b.Messages, turn)
	return nil
}

// instruct adds instructions to those of before.
func (b *request) instruct(m *wire.Message) error {
	for i := range m.Parts {
		if m.Parts[i].Kind != wire.PartText {
			return errors.New("instructions are texts in the anthropic format")
		}
	}
	var all reading.Texts
	all.Add(b.System)
	all.Add(m.Text())
	b.System = all.String()
	return nil
}

func blockOf(p *wire.Part) (block, error) {
	switch {
	case p.Kind == wire.PartImage && p.Image != nil:
		return block{Type: "image", Source: sourceOf(p.Image)}, nil
	case p.Kind == wire.PartCall && p.Call != nil:
		return callOf(p.Call)
	case p.Kind == wire.PartResult:
		return block{Type: "tool_result", ToolUseID: p.CallID, Content: p.Text}, nil
	case p.Kind == wire.PartThinking:
		return block{Type: "thinking", Thinking: p.Text, Signature: p.Signature}, nil
	case p.Kind == wire.PartText:
		return block{Type: "text", Text: p.Text}, nil
	}
	return block{}, fmt.Errorf("a part of kind %d has nothing in it", p.Kind)
}

func sourceOf(i *wire.ImageData) *source {
	if len(i.Data) > 0 {
		return &source{Type: "base64", MediaType: i.MediaType, Data: i.Data}
	}
	return &source{Type: "url", URL: i.URL}
}

func callOf(c *wire.ToolCall) (block, error) {
	input := json.RawMessage(c.Arguments)
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	if !json.Valid(input) {
		return block{}, fmt.Errorf("the arguments of tool call %.40q are no JSON", c.Name)
	}
	return block{Type: "tool_use", ID: c.ID, Name: c.Name, Input: input}, nil
}

package openai

import (
	"encoding/base64"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

type message struct {
	Role       string     `json:"role"`
	Name       string     `json:"name,omitempty"`
	Content    any        `json:"content"` // a string, or a list of parts
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string `json:"name,omitempty"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// part is a part of a message that is more than one text.
type part struct {
	Type  string    `json:"type"`
	Text  *string   `json:"text,omitempty"`
	Image *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"`
}

// appendMessages appends a message as this format has it: each tool's result is a message of its own, before the
// rest. Thinking is left out: no server takes it back.
func appendMessages(all []message, m *wire.Message) []message {
	rest := message{Role: m.Role, Name: m.Name, Content: ""}
	var parts []part
	results, texts := 0, 0
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == wire.PartText:
			texts++
			parts = append(parts, part{Type: "text", Text: &p.Text})
			rest.Content = p.Text
		case p.Kind == wire.PartImage && p.Image != nil:
			parts = append(parts, part{Type: "image_url", Image: imageOf(p.Image)})
		case p.Kind == wire.PartCall && p.Call != nil:
			rest.ToolCalls = append(rest.ToolCalls, callOf(p.Call))
		case p.Kind == wire.PartResult:
			results++
			all = append(all, message{Role: wire.ToolRole, Name: m.Name, Content: p.Text, ToolCallID: p.CallID})
		}
	}
	if len(parts) > 1 || len(parts) > texts {
		rest.Content = parts
	}
	if results > 0 && len(parts) == 0 && len(rest.ToolCalls) == 0 {
		return all
	}
	return append(all, rest)
}

func callOf(c *wire.ToolCall) toolCall {
	call := toolCall{ID: c.ID, Type: "function"}
	call.Function.Name, call.Function.Arguments = c.Name, c.Arguments
	return call
}

func imageOf(i *wire.ImageData) *imageURL {
	url := i.URL
	if len(i.Data) > 0 {
		url = "data:" + i.MediaType + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
	}
	return &imageURL{URL: url, Detail: i.Detail}
}

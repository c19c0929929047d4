package responses

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

type request struct {
	Model       string   `json:"model"`
	Input       []any    `json:"input"` // of message, call and result
	Tools       []tool   `json:"tools,omitempty"`
	Text        any      `json:"text,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	MaxOutput   *int64   `json:"max_output_tokens,omitempty"`
	Tier        string   `json:"service_tier,omitempty"`
	Store       bool     `json:"store"` // never: nobody asks for it again
	Stream      bool     `json:"stream,omitempty"`
}

type message struct {
	Role    string `json:"role"`
	Content any    `json:"content"` // a string, or a list of parts
}

type part struct {
	Type   string  `json:"type"`
	Text   *string `json:"text,omitempty"`
	Image  string  `json:"image_url,omitempty"`
	Detail string  `json:"detail,omitempty"`
}

type call struct {
	Type      string `json:"type"`
	ID        string `json:"call_id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type result struct {
	Type   string `json:"type"`
	ID     string `json:"call_id"`
	Output string `json:"output"`
}

type tool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"` // null if it has none
	Strict      bool            `json:"strict"`     // true where it is left out, which most schemas do not bear
}

// bodyOf writes a request that was built here.
func bodyOf(r *wire.Request) (*request, error) {
	switch {
	case r.Choices > 1:
		return nil, errors.New("encode the request: the responses format has one answer a request (Choices)")
	case r.Seed != nil:
		return nil, errors.New("encode the request: the responses format has no seed (Seed)")
	case len(r.Stop) > 0:
		return nil, errors.New("encode the request: the responses format has no words to stop at (Stop)")
	}
	body := &request{
		Model: r.Model, Input: make([]any, 0, len(r.Messages)), Temperature: r.Temperature,
		MaxOutput: reading.OutputCap(r), Tier: r.Tier.Service, Stream: r.Streams(),
	}
	if body.Tier == budget.StandardService {
		body.Tier = "default"
	}
	for i := range r.Messages {
		body.add(&r.Messages[i])
	}
	for _, t := range r.Tools {
		body.Tools = append(body.Tools, tool{Type: "function", Name: t.Name, Description: t.Description, Parameters: t.Schema})
	}
	if r.Schema != nil {
		body.Text = map[string]any{"format": map[string]any{
			"type": "json_schema", "name": "answer", "strict": true, "schema": r.Schema,
		}}
	}
	return body, nil
}

// add appends a message as this format has it: calls and results are items of their own. Thinking is left out: its
// provider takes it back only in a form that it gave out itself.
func (b *request) add(m *wire.Message) {
	var parts []part
	texts := 0
	say := func() {
		switch {
		case len(parts) == 1 && texts == 1:
			b.Input = append(b.Input, message{m.Role, *parts[0].Text})
		case len(parts) > 0:
			b.Input = append(b.Input, message{m.Role, parts})
		}
		parts, texts = nil, 0
	}
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == wire.PartText:
			texts++
			parts = append(parts, part{Type: textKind(m.Role), Text: &p.Text})
		case p.Kind == wire.PartImage && p.Image != nil:
			parts = append(parts, part{Type: "input_image", Image: addressOf(p.Image), Detail: p.Image.Detail})
		case p.Kind == wire.PartCall && p.Call != nil:
			say()
			b.Input = append(b.Input, call{"function_call", p.Call.ID, p.Call.Name, p.Call.Arguments})
		case p.Kind == wire.PartResult:
			say()
			b.Input = append(b.Input, result{"function_call_output", p.CallID, p.Text})
		}
	}
	say()
}

func textKind(role string) string {
	if role == wire.Assistant {
		return "output_text"
	}
	return "input_text"
}

// addressOf is where an image is: its URL, or one that holds its bytes.
func addressOf(i *wire.ImageData) string {
	if i.URL != "" {
		return i.URL
	}
	return "data:" + i.MediaType + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
}

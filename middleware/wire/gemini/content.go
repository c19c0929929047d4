package gemini

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

type content struct {
	Role  string `json:"role,omitempty"`
	Parts []part `json:"parts"`
}

type part struct {
	Text      *string   `json:"text,omitempty"`
	Thought   bool      `json:"thought,omitempty"`
	Signature string    `json:"thoughtSignature,omitempty"`
	Inline    *media    `json:"inlineData,omitempty"`
	File      *media    `json:"fileData,omitempty"`
	Call      *asked    `json:"functionCall,omitempty"`
	Response  *answered `json:"functionResponse,omitempty"`
}

type media struct {
	Type string `json:"mimeType,omitempty"`
	Data []byte `json:"data,omitempty"` // in base64
	URI  string `json:"fileUri,omitempty"`
}

type asked struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

type answered struct {
	ID       string            `json:"id,omitempty"`
	Name     string            `json:"name"`
	Response map[string]string `json:"response"`
}

// add puts one message where this format has it: instructions beside the conversation, results into the user's turn, and
// consecutive ones into one.
func (b *request) add(m *wire.Message) error {
	turn := content{Role: "user"}
	switch m.Role {
	case wire.System, "developer":
		return b.instruct(m)
	case wire.Assistant:
		turn.Role = "model"
	}
	for i := range m.Parts {
		one, err := b.part(m, &m.Parts[i])
		if err != nil {
			return err
		}
		turn.Parts = append(turn.Parts, one)
	}
	if last := len(b.Contents) - 1; m.Role == wire.ToolRole && last >= 0 && b.Contents[last].Role == turn.Role {
		b.Contents[last].Parts = append(b.Contents[last].Parts, turn.Parts...)
		return nil
	}
	b.Contents = append(b.Contents, turn)
	return nil
}

// instruct adds instructions to those of before.
func (b *request) instruct(m *wire.Message) error {
	for i := range m.Parts {
		if m.Parts[i].Kind != wire.PartText {
			return errors.New("instructions are texts in the gemini format")
		}
	}
	var all reading.Texts
	if b.System != nil {
		all.Add(*b.System.Parts[0].Text)
	}
	all.Add(m.Text())
	b.System = &content{Parts: []part{{Text: new(all.String())}}}
	return nil
}

func (b *request) part(m *wire.Message, p *wire.Part) (part, error) {
	switch {
	case p.Kind == wire.PartText && m.Role == wire.ToolRole, p.Kind == wire.PartResult:
		name := cmp.Or(m.Name, b.called(p.CallID), p.CallID)
		if name == "" {
			return part{}, errors.New("a tool's result has neither a name nor the ID of a call")
		}
		return part{Response: &answered{p.CallID, name, map[string]string{"result": p.Text}}}, nil
	case p.Kind == wire.PartText:
		return part{Text: &p.Text}, nil
	case p.Kind == wire.PartThinking:
		return part{Text: &p.Text, Thought: true, Signature: p.Signature}, nil
	case p.Kind == wire.PartImage && p.Image != nil && len(p.Image.Data) > 0:
		return part{Inline: &media{Type: p.Image.MediaType, Data: p.Image.Data}}, nil
	case p.Kind == wire.PartImage && p.Image != nil:
		return part{File: &media{Type: p.Image.MediaType, URI: p.Image.URL}}, nil
	case p.Kind == wire.PartCall && p.Call != nil:
		args := json.RawMessage(p.Call.Arguments)
		if len(args) > 0 && !json.Valid(args) {
			return part{}, fmt.Errorf("the arguments of tool call %.40q are no JSON", p.Call.Name)
		}
		return part{Call: &asked{p.Call.ID, p.Call.Name, args}}, nil
	}
	return part{}, fmt.Errorf("a part of kind %d has nothing in it", p.Kind)
}

// called is the function that the call with an ID asked for, which its result has to name.
func (b *request) called(id string) string {
	for _, turn := range b.Contents {
		for _, p := range turn.Parts {
			if p.Call != nil && p.Call.ID == id {
				return p.Call.Name
			}
		}
	}
	return ""
}

package responses

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// What an item of the input has, by its kind. A summary of reasoning is none of it: it counts as an estimate.
var (
	messageKeys = reading.KeySet(`type id status role content phase`)
	outputKeys  = reading.KeySet(`type id status call_id output`)
	thoughtKeys = reading.KeySet(`type id status encrypted_content`)
	callKeys    = map[string]reading.Names{
		"function": reading.KeySet(`type id status call_id name arguments`),
		"custom":   reading.KeySet(`type id status call_id name input`),
	}
)

func (f format) input(r *reading.Reader, top reading.Object) error {
	raw := top.Get("input")
	if raw == nil || raw[0] != '[' {
		text, err := top.Text("input")
		r.Messages = append(r.Messages, wire.Text(wire.User, text))
		return err
	}
	items, err := reading.Elements(raw)
	for i := 0; i < len(items) && err == nil; i++ {
		switch items[i][0] {
		case '"':
			var text string
			text, err = reading.Unquote(items[i])
			r.Messages = append(r.Messages, wire.Text(wire.User, text))
		case '{':
			err = f.item(r, items[i])
		default:
			err = errors.New("want an object or a string")
		}
		if err != nil {
			err = fmt.Errorf("input[%d]: %w", i, err)
		}
	}
	return err
}

func (f format) item(r *reading.Reader, raw []byte) error {
	o, err := reading.Members(raw)
	if err != nil {
		return err
	}
	kind, err := o.Text("type")
	if err != nil {
		return err
	}
	said, known := "content", messageKeys
	var m wire.Message
	answers := "" // the call that it is the result of
	if kind == "" && (o.Get("role") == nil || o.Get("content") == nil) {
		r.AddUnseen("item_reference") // which may leave its type out
	}
	switch kind {
	case "", "message":
		m.Role, err = o.Text("role")
	case "function_call":
		return f.call(r, o, "function")
	case "custom_tool_call":
		return f.call(r, o, "custom")
	case "function_call_output", "custom_tool_call_output":
		m.Role, said, known = wire.ToolRole, "output", outputKeys
		answers, err = o.Text("call_id")
	case "reasoning":
		hidden, err := o.Text("encrypted_content")
		r.Body.Hidden += int64(len(hidden) * 3 / 4) // of base64; a token is taken to be a byte or more
		return cmp.Or(err, r.Rest(o, thoughtKeys))
	case "tool_search_call", "tool_search_output": // of a search that the client makes: all that it brings is here
		r.AddExtra(raw)
		return nil
	default:
		r.AddUnseen(reading.PartName(kind))
		return nil
	}
	if err != nil {
		return err
	}
	var t reading.Texts
	if err := t.Content(r, o.Get(said)); err != nil {
		return err
	}
	m.Parts = t.Answering(answers)
	r.Messages = append(r.Messages, m)
	return r.Rest(o, known)
}

// call reads the call of a tool, a message of its own here.
func (format) call(r *reading.Reader, o reading.Object, kind string) error {
	id, err := o.Text("call_id")
	if err != nil {
		return err
	}
	c, err := openai.ReadCall(kind, id, o)
	r.Messages = append(r.Messages, wire.Message{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(c)}})
	return cmp.Or(err, r.Rest(o, callKeys[kind]))
}

package openai

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// responses is OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses), of which
// requests are read for counting.
type responses struct{}

// responsesMargin is for how the provider renders it, in tokens: unlike for Chat Completions, nothing is documented.
const responsesMargin = 32

// What Responses has. Embeddings have the two keys at the end of the first.
var (
	responsesKeys = reading.KeySet(`model input instructions tools tool_choice parallel_tool_calls text reasoning temperature top_p
		max_output_tokens max_tool_calls metadata user store stream stream_options service_tier truncation include
		background safety_identifier prompt_cache_key prompt_cache_retention previous_response_id conversation prompt
		dimensions encoding_format`)
	responsesTextKeys = reading.KeySet(`format verbosity`)
)

// What an item of the input has, by its kind. A summary of reasoning is none of it: it counts as an estimate.
var (
	responsesMessageKeys   = reading.KeySet(`type id status role content phase`)
	responsesOutputKeys    = reading.KeySet(`type id status call_id output`)
	responsesReasoningKeys = reading.KeySet(`type id status encrypted_content`)
	responsesCallKeys      = map[string]reading.Names{
		"function": reading.KeySet(`type id status call_id name arguments`),
		"custom":   reading.KeySet(`type id status call_id name input`),
	}
)

// ReadResponses reads a body of Responses into r, for counting.
func ReadResponses(r *reading.Reader, top reading.Object) error { return responses{}.read(r, top) }

func (f responses) read(r *reading.Reader, top reading.Object) error {
	r.Body.Hidden = responsesMargin
	if err := r.Rest(top, responsesKeys); err != nil {
		return err
	}
	for _, key := range []string{"previous_response_id", "conversation", "prompt"} {
		if top.Get(key) != nil {
			r.AddUnseen(key)
		}
	}
	for _, read := range []func(*reading.Reader, reading.Object) error{f.options, f.instructions, f.input, f.tools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	return nil
}

func (responses) options(r *reading.Reader, top reading.Object) (err error) {
	if r.MaxOutput, err = top.Count("max_output_tokens"); err != nil {
		return err
	}
	if raw := top.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	raw := top.Get("text")
	if raw == nil {
		return nil
	}
	text, err := reading.Members(raw)
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if err := r.Rest(text, responsesTextKeys); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if raw = text.Get("format"); raw == nil {
		return nil
	}
	format, err := reading.Members(raw)
	if err != nil {
		return fmt.Errorf("text.format: %w", err)
	}
	if len(format) > 1 { // more than a type
		r.Schema = raw
	}
	return nil
}

func (responses) instructions(r *reading.Reader, top reading.Object) error {
	text, err := top.Text("instructions")
	if err == nil && text != "" {
		r.Messages = append(r.Messages, wire.Text(wire.System, text))
	}
	return err
}

func (f responses) input(r *reading.Reader, top reading.Object) error {
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

func (f responses) item(r *reading.Reader, raw []byte) error {
	o, err := reading.Members(raw)
	if err != nil {
		return err
	}
	kind, err := o.Text("type")
	if err != nil {
		return err
	}
	said, known := "content", responsesMessageKeys
	var m wire.Message
	answers := "" // the call that it is the result of
	switch kind {
	case "", "message":
		m.Role, err = o.Text("role")
	case "function_call":
		return f.call(r, o, "function")
	case "custom_tool_call":
		return f.call(r, o, "custom")
	case "function_call_output", "custom_tool_call_output":
		m.Role, said, known = wire.ToolRole, "output", responsesOutputKeys
		answers, err = o.Text("call_id")
	case "reasoning":
		hidden, err := o.Text("encrypted_content")
		r.Body.Hidden += int64(len(hidden) * 3 / 4) // of base64; a token is taken to be a byte or more
		return cmp.Or(err, r.Rest(o, responsesReasoningKeys))
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
func (responses) call(r *reading.Reader, o reading.Object, kind string) error {
	id, err := o.Text("call_id")
	if err != nil {
		return err
	}
	c, err := toolKinds[kind].call(id, o)
	r.Messages = append(r.Messages, wire.Message{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(c)}})
	return cmp.Or(err, r.Rest(o, responsesCallKeys[kind]))
}

// tools reads functions and custom tools, which have no wrapper here, and namespaces of them. Any other runs at the
// provider, also a search of what that has stored (external_web_access).
func (f responses) tools(r *reading.Reader, top reading.Object) error { return f.toolsOf(r, top, true) }

func (f responses) toolsOf(r *reading.Reader, top reading.Object, outermost bool) error {
	return top.Each("tools", func(o reading.Object) error {
		if err := o.Exact(responsesToolKeys); err != nil {
			return err
		}
		kind, err := o.Text("type")
		if err != nil {
			return err
		}
		switch known := toolKinds[kind]; {
		case known != nil:
			return parseTool(r, o, known)
		case kind == "namespace" && outermost:
			return f.namespace(r, o)
		}
		r.AddServerTool(wire.ServerTool{Kind: kind})
		return nil
	})
}

var (
	responsesToolKeys = reading.KeySet(`type name description parameters strict cache_control tools`)
	namespaceKeys     = reading.KeySet(`type name description tools`)
)

// namespace reads a group of tools: its own name and description, which the model gets as those of a tool, and each tool
// in it.
func (f responses) namespace(r *reading.Reader, o reading.Object) (err error) {
	var t wire.Tool
	if t.Name, err = o.Text("name"); err != nil {
		return err
	}
	if t.Description, err = o.Text("description"); err != nil {
		return err
	}
	r.Tools = append(r.Tools, t)
	if err := f.toolsOf(r, o, false); err != nil {
		return fmt.Errorf("namespace: %w", err)
	}
	return r.Rest(o, namespaceKeys)
}

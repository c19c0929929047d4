package ollama

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// What the calls have.
var (
	commonKeys   = `model stream format options keep_alive think logprobs top_logprobs`
	chatKeys     = reading.KeySet(commonKeys + ` messages tools`)
	promptKeys   = reading.KeySet(commonKeys + ` prompt suffix images system raw context`)
	embedKeys    = reading.KeySet(`model input truncate dimensions options keep_alive`)
	messageKeys  = reading.KeySet(`role content images tool_calls thinking tool_name tool_call_id`)
	optionKeys   = reading.KeySet(capKey + ` temperature stop num_ctx`)
	toolKeys     = reading.KeySet(`type function`)
	calledKeys   = reading.KeySet(`id type function`)
	askedKeys    = reading.KeySet(`index name arguments`)
	functionKeys = reading.KeySet(`name description parameters`)
)

func (c call) Parse(body []byte) (*wire.Request, error) { return reading.Parse(body, c, c.read) }

func (c call) read(r *reading.Reader, top reading.Object) error {
	r.Body.Usage = true                                  // streams report it unasked
	r.Body.Stream = string(top.Get("stream")) != "false" // servers that are asked nothing stream
	if raw := top.Get("stream"); raw != nil && string(raw) != "true" && string(raw) != "false" {
		return fmt.Errorf("stream: want true or false")
	}
	switch c.path {
	case embed:
		r.Body.Stream, r.MaxOutput = false, wire.NoOutput
		return c.readEmbed(r, top)
	case generate:
		return c.readPrompt(r, top)
	}
	return c.readChat(r, top)
}

// readOptions reads the cap, and the schema of the answer.
func (call) readOptions(r *reading.Reader, top reading.Object) error {
	if raw := top.Get("format"); raw != nil && raw[0] == '{' {
		r.AddSchema(raw)
	}
	raw := top.Get("options")
	if raw == nil {
		return nil
	}
	options, err := reading.Members(raw)
	if err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if err := r.Rest(options, optionKeys); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if n := options.Get(capKey); n != nil && n[0] == '-' {
		var none int64
		if json.Unmarshal(n, &none) == nil {
			return nil // without an end: what the budget grants is
		}
	}
	if r.MaxOutput, err = options.Count(capKey); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	if temperature := options.Get("temperature"); temperature != nil {
		_ = json.Unmarshal(temperature, &r.Temperature) // the provider judges it
	}
	r.Stop = reading.OneOrMore(options.Get("stop"))
	return nil
}

func (c call) readPrompt(r *reading.Reader, top reading.Object) error {
	if err := c.readOptions(r, top); err != nil {
		return err
	}
	for _, key := range []string{"system", "prompt", "suffix"} {
		text, err := top.Text(key)
		if err != nil {
			return err
		}
		switch {
		case key == "system" && text != "":
			r.Messages = append(r.Messages, wire.Text(wire.System, text))
		case key == "prompt" || text != "":
			r.Messages = append(r.Messages, wire.Text(wire.User, text))
		}
	}
	if top.Get("context") != nil { // tokens of before, which nobody here can count
		r.AddUnseen("context")
	}
	if template, err := top.Text("template"); err != nil || template != "" { // it may say the prompt as often as it likes
		r.AddUnseen("template")
	}
	images(r, top)
	return r.Rest(top, promptKeys)
}

func (c call) readChat(r *reading.Reader, top reading.Object) error {
	if err := c.readOptions(r, top); err != nil {
		return err
	}
	if err := top.Each("messages", func(o reading.Object) error { return c.message(r, o) }); err != nil {
		return err
	}
	err := top.Each("tools", func(o reading.Object) error {
		if err := r.Rest(o, toolKeys); err != nil {
			return err
		}
		raw := o.Get("function")
		if raw == nil {
			return fmt.Errorf("function: missing")
		}
		f, err := reading.Members(raw)
		if err != nil {
			return err
		}
		if err := r.Rest(f, functionKeys); err != nil {
			return err
		}
		t := wire.Tool{Schema: f.Get("parameters")}
		if t.Name, err = f.Text("name"); err != nil {
			return err
		}
		t.Description, err = f.Text("description")
		r.Tools = append(r.Tools, t)
		return err
	})
	if err != nil {
		return err
	}
	return r.Rest(top, chatKeys)
}

func (call) message(r *reading.Reader, o reading.Object) error {
	role, err := o.Text("role")
	if err != nil {
		return err
	}
	m := wire.Message{Role: role}
	if m.Name, err = o.Text("tool_name"); err != nil {
		return err
	}
	var texts reading.Texts
	for key := range strings.FieldsSeq("content thinking") {
		text, err := o.Text(key)
		if err != nil {
			return err
		}
		texts.Add(text)
	}
	answers, err := o.Text("tool_call_id")
	if err != nil {
		return err
	}
	var calls []wire.Part
	err = o.Each("tool_calls", func(one reading.Object) error {
		if err := r.Rest(one, calledKeys); err != nil {
			return err
		}
		raw := one.Get("function")
		if raw == nil {
			return fmt.Errorf("function: missing")
		}
		f, err := reading.Members(raw)
		if err != nil {
			return err
		}
		name, err := f.Text("name")
		id, _ := one.Text("id")
		calls = append(calls, wire.CallPart(wire.ToolCall{ID: id, Name: name, Arguments: reading.Compact(json.RawMessage(f.Get("arguments")))}))
		return cmp.Or(err, r.Rest(f, askedKeys))
	})
	m.Parts = texts.Before(calls)
	if role == wire.ToolRole && len(m.Parts) == 1 {
		m.Parts[0] = wire.ResultPart(answers, m.Parts[0].Text)
	}
	r.Messages = append(r.Messages, m)
	images(r, o)
	if err != nil {
		return err
	}
	return r.Rest(o, messageKeys)
}

// images are bytes in base64.
func images(r *reading.Reader, o reading.Object) {
	reading.Node(o.Get("images")).Elements(func(_ int, v reading.Node) { r.AddImage(v, "") })
}

func (call) readEmbed(r *reading.Reader, top reading.Object) error {
	switch raw := top.Get("input"); {
	case raw == nil:
	case raw[0] == '"' || raw[0] == '[':
		for _, text := range reading.OneOrMore(raw) {
			r.Messages = append(r.Messages, wire.Text(wire.User, text))
		}
		var texts []string
		if raw[0] == '[' && json.Unmarshal(raw, &texts) != nil {
			return fmt.Errorf("input: want a text or a list of texts")
		}
	default:
		return fmt.Errorf("input: want a text or a list of texts")
	}
	return r.Rest(top, embedKeys)
}

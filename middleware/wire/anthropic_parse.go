package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
)

func (f anthropic) Parse(body []byte) (*Request, error) { return Parse(body, f.read) }

func ReadAnthropic(r *Reader, top Object) error { return anthropic{}.read(r, top) }

func (f anthropic) read(r *Reader, top Object) error {
	r.Raw.Usage = true // streams of this format report it unasked
	for _, read := range []func(*Reader, Object) error{f.parseOptions, f.parseSystem, f.parseMessages, f.parseTools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	if err := r.Rest(top, anthropicKeys); err != nil {
		return err
	}
	// What the provider's own servers and containers find becomes input; a fallback is another model.
	for _, key := range []string{"mcp_servers", "container", "fallbacks"} {
		if top.Get(key) != nil {
			r.AddUnseen(key)
		}
	}
	// Compaction is a second pass over the history, billed on top and outside the cap.
	if bytes.Contains(Unescaped(top.Get("context_management")), []byte(`"compact`)) {
		r.AddUnseen("compaction")
	}
	return nil
}

// What the Messages API has, in the betas and clouds too.
var (
	anthropicKeys = KeySet(`model messages system tools tool_choice max_tokens stop_sequences stream temperature
		metadata service_tier inference_geo speed thinking output_config output_format cache_control context_management
		mcp_servers container fallbacks anthropic_version anthropic_beta betas`)
	anthropicOutputKeys  = KeySet(`effort format task_budget`)
	anthropicMessageKeys = KeySet(`role content`)
	anthropicTextKeys    = KeySet(`type text cache_control citations`) // what it cites is not charged for
	anthropicThoughtKeys = KeySet(`type thinking signature`)
	anthropicCallKeys    = KeySet(`type id name input caller cache_control`)
	anthropicResultKeys  = KeySet(`type tool_use_id content is_error cache_control`)
	anthropicBlockKeys   = KeySet(`type text thinking signature id name input tool_use_id content source cache_control`)
	anthropicToolKeys    = KeySet(`type name description input_schema cache_control strict defer_loading allowed_callers`)
)

func (anthropic) parseOptions(r *Reader, top Object) error {
	var err error
	if r.MaxOutput, err = top.Count("max_tokens"); err != nil {
		return err
	}
	if raw := top.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = OneOrMore(top.Get("stop_sequences"))
	r.Schema = top.Get("output_format") // of the beta
	if raw := top.Get("output_config"); raw != nil {
		config, err := Members(raw)
		if err != nil {
			return fmt.Errorf("output_config: %w", err)
		}
		if err := r.Rest(config, anthropicOutputKeys); err != nil {
			return fmt.Errorf("output_config: %w", err)
		}
		r.AddSchema(config.Get("format"))
	}
	return nil
}

func (anthropic) parseSystem(r *Reader, top Object) error {
	var t Texts
	if err := t.Content(r, top.Get("system")); err != nil {
		return fmt.Errorf("system: %w", err)
	}
	if len(t) > 0 {
		r.Messages = append(r.Messages, Message{Role: System, Content: t.String()})
	}
	return nil
}

func (f anthropic) parseMessages(r *Reader, top Object) error {
	return top.Each("messages", func(o Object) error {
		role, err := o.Text("role")
		if err != nil {
			return err
		}
		if err := r.Rest(o, anthropicMessageKeys); err != nil {
			return err
		}
		turn := anthropicTurn{request: r, message: Message{Role: role}}
		raw := o.Get("content")
		if raw == nil || raw[0] != '[' {
			err = turn.texts.Content(r, raw)
		} else {
			err = o.Each("content", turn.block)
		}
		turn.end()
		return err
	})
}

// anthropicTurn is one message of this format while it is read: a message here, after the tools' answers
// that it brings.
type anthropicTurn struct {
	request *Reader
	message Message
	texts   Texts
}

func (t *anthropicTurn) end() {
	t.message.Content = t.texts.String()
	if t.message.Content != "" || len(t.message.ToolCalls) > 0 || t.message.Role != User {
		t.request.Messages = append(t.request.Messages, t.message)
	}
}

func (t *anthropicTurn) block(o Object) error {
	if err := o.Exact(anthropicBlockKeys); err != nil {
		return err
	}
	kind, err := o.Text("type")
	if err != nil {
		return err
	}
	switch kind {
	case "text":
		return t.texts.Part(t.request, o, "text", anthropicTextKeys)
	case "thinking":
		return t.texts.Part(t.request, o, "thinking", anthropicThoughtKeys)
	case "tool_use":
		return t.call(o)
	case "tool_result":
		return t.result(o)
	case "":
		if o.Get("text") != nil {
			return t.texts.Part(t.request, o, "text", TextKeys)
		}
	}
	found, err := t.request.ReadImage(kind, o)
	if !found {
		t.request.AddUnseen(PartName(kind))
	}
	return err
}

func (t *anthropicTurn) call(o Object) error {
	c := ToolCall{Arguments: string(o.Get("input"))}
	var err error
	if c.ID, err = o.Text("id"); err != nil {
		return err
	}
	c.Name, err = o.Text("name")
	t.message.ToolCalls = append(t.message.ToolCalls, c)
	return cmp.Or(err, t.request.Rest(o, anthropicCallKeys))
}

func (t *anthropicTurn) result(o Object) error {
	id, err := o.Text("tool_use_id")
	if err != nil {
		return err
	}
	var said Texts
	if err := said.Content(t.request, o.Get("content")); err != nil {
		return err
	}
	t.request.Messages = append(t.request.Messages, Message{Role: ToolRole, ToolCallID: id, Content: said.String()})
	return t.request.Rest(o, anthropicResultKeys)
}

// parseTools reads the client's own tools. Those with a type of the provider's bring a description that
// is not in the request, or run at the provider.
func (anthropic) parseTools(r *Reader, top Object) error {
	return top.Each("tools", func(o Object) error {
		if err := o.Exact(anthropicToolKeys); err != nil {
			return err
		}
		kind, err := o.Text("type")
		if err != nil {
			return err
		}
		if kind != "" && kind != "custom" {
			r.AddUnseen("tool " + PartName(kind))
			return nil
		}
		t := Tool{Schema: o.Get("input_schema")}
		if t.Name, err = o.Text("name"); err != nil {
			return err
		}
		t.Description, err = o.Text("description")
		r.Tools = append(r.Tools, t)
		return cmp.Or(err, r.Rest(o, anthropicToolKeys))
	})
}

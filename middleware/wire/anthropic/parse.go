package anthropic

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

func (f format) Parse(body []byte) (*wire.Request, error) { return reading.Parse(body, f, f.read) }

// Read reads a body of Messages into r.
func Read(r *reading.Reader, top reading.Object) error { return format{}.read(r, top) }

func (f format) read(r *reading.Reader, top reading.Object) error {
	r.Body.Usage = true // streams of this format report it unasked
	for _, read := range []func(*reading.Reader, reading.Object) error{f.parseOptions, f.parseSystem, f.parseMessages, f.parseTools} {
		if err := read(r, top); err != nil {
			return err
		}
	}
	if err := r.Rest(top, requestKeys); err != nil {
		return err
	}
	// What the provider's own servers and containers find becomes input; a fallback is another model.
	for _, key := range []string{"mcp_servers", "container", "fallbacks"} {
		if top.Get(key) != nil {
			r.AddUnseen(key)
		}
	}
	// Compaction is a second pass over the history, billed on top and outside the cap.
	if bytes.Contains(reading.Unescaped(top.Get("context_management")), []byte(`"compact`)) {
		r.AddUnseen("compaction")
	}
	return nil
}

// What the Messages API has, in the betas and clouds too.
var (
	requestKeys = reading.KeySet(`model messages system tools tool_choice max_tokens stop_sequences stream temperature
		metadata service_tier inference_geo speed thinking output_config output_format cache_control context_management
		mcp_servers container fallbacks anthropic_version anthropic_beta betas`)
	outputKeys  = reading.KeySet(`effort format task_budget`)
	messageKeys = reading.KeySet(`role content`)
	textKeys    = reading.KeySet(`type text cache_control citations`) // what it cites is not charged for
	thoughtKeys = reading.KeySet(`type thinking signature`)
	callKeys    = reading.KeySet(`type id name input caller cache_control`)
	resultKeys  = reading.KeySet(`type tool_use_id content is_error cache_control`)
	blockKeys   = reading.KeySet(`type text thinking signature id name input tool_use_id content source cache_control`)
	toolKeys    = reading.KeySet(`type name description input_schema cache_control strict defer_loading allowed_callers`)
)

func (format) parseOptions(r *reading.Reader, top reading.Object) error {
	var err error
	if r.MaxOutput, err = top.Count("max_tokens"); err != nil {
		return err
	}
	if raw := top.Get("temperature"); raw != nil {
		_ = json.Unmarshal(raw, &r.Temperature) // the provider judges it
	}
	r.Stop = reading.OneOrMore(top.Get("stop_sequences"))
	r.Schema = top.Get("output_format") // of the beta
	if raw := top.Get("output_config"); raw != nil {
		config, err := reading.Members(raw)
		if err != nil {
			return fmt.Errorf("output_config: %w", err)
		}
		if err := r.Rest(config, outputKeys); err != nil {
			return fmt.Errorf("output_config: %w", err)
		}
		r.AddSchema(config.Get("format"))
	}
	return nil
}

func (format) parseSystem(r *reading.Reader, top reading.Object) error {
	var t reading.Texts
	if err := t.Content(r, top.Get("system")); err != nil {
		return fmt.Errorf("system: %w", err)
	}
	if len(t) > 0 {
		r.Messages = append(r.Messages, wire.Text(wire.System, t.String()))
	}
	return nil
}

func (f format) parseMessages(r *reading.Reader, top reading.Object) error {
	return top.Each("messages", func(o reading.Object) error {
		role, err := o.Text("role")
		if err != nil {
			return err
		}
		if err := r.Rest(o, messageKeys); err != nil {
			return err
		}
		turn := turn{request: r, message: wire.Message{Role: role}, images: len(r.Body.Images)}
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

// turn is one message of this format while it is read: a message here, after the tools' answers
// that it brings.
type turn struct {
	request *reading.Reader
	message wire.Message
	texts   reading.Texts
	calls   []wire.Part
	images  int // that were read before it
}

// end makes a message of the turn, unless all of it was tools' answers. One that only shows an image is a message, too.
func (t *turn) end() {
	t.message.Parts = t.texts.Before(t.calls)
	if len(t.message.Parts) > 0 || t.message.Role != wire.User || len(t.request.Body.Images) > t.images {
		t.request.Messages = append(t.request.Messages, t.message)
	}
}

func (t *turn) block(o reading.Object) error {
	if err := o.Exact(blockKeys); err != nil {
		return err
	}
	kind, err := o.Text("type")
	if err != nil {
		return err
	}
	switch kind {
	case "text":
		return t.texts.Part(t.request, o, "text", textKeys)
	case "thinking":
		return t.texts.Part(t.request, o, "thinking", thoughtKeys)
	case "tool_use":
		return t.call(o)
	case "tool_result":
		return t.result(o)
	case "":
		if o.Get("text") != nil {
			return t.texts.Part(t.request, o, "text", reading.TextKeys)
		}
	}
	found, err := t.request.ReadImage(kind, o)
	if !found {
		t.request.AddUnseen(reading.PartName(kind))
	}
	return err
}

func (t *turn) call(o reading.Object) error {
	c := wire.ToolCall{Arguments: string(o.Get("input"))}
	var err error
	if c.ID, err = o.Text("id"); err != nil {
		return err
	}
	c.Name, err = o.Text("name")
	t.calls = append(t.calls, wire.CallPart(c))
	return cmp.Or(err, t.request.Rest(o, callKeys))
}

func (t *turn) result(o reading.Object) error {
	id, err := o.Text("tool_use_id")
	if err != nil {
		return err
	}
	var said reading.Texts
	if err := said.Content(t.request, o.Get("content")); err != nil {
		return err
	}
	t.request.Messages = append(t.request.Messages, wire.ToolResult(id, said.String()))
	return t.request.Rest(o, resultKeys)
}

// parseTools reads the client's own tools. Those with a type of the provider's bring a description that
// is not in the request, or run at the provider.
func (f format) parseTools(r *reading.Reader, top reading.Object) error {
	return top.Each("tools", func(o reading.Object) error {
		if err := o.Exact(toolKeys); err != nil {
			return err
		}
		kind, err := o.Text("type")
		if err != nil {
			return err
		}
		if kind != "" && kind != "custom" {
			return f.serverTool(r, o, kind)
		}
		t := wire.Tool{Schema: o.Get("input_schema")}
		if t.Name, err = o.Text("name"); err != nil {
			return err
		}
		t.Description, err = o.Text("description")
		r.Tools = append(r.Tools, t)
		return cmp.Or(err, r.Rest(o, toolKeys))
	})
}

var serverToolKeys = reading.KeySet(`type name max_uses`)

// serverTool reads a tool of the provider's. Of those that cost more than their tokens, answers tell how often they ran.
func (format) serverTool(r *reading.Reader, o reading.Object, kind string) error {
	if err := o.Exact(serverToolKeys); err != nil {
		return err
	}
	t := wire.ServerTool{Kind: kind}
	t.Uses, _ = o.Count("max_uses") // the provider judges it
	if strings.HasPrefix(kind, "web_search") {
		t.Fee = wire.SearchFee
	}
	r.AddServerTool(t)
	return nil
}

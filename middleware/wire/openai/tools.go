package openai

import (
	"cmp"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// toolKind is what the tools of a kind have, and the calls of them.
type toolKind struct {
	schema    string // the key of the schema
	keys      reading.Names
	wrapper   reading.Names // what a tool has around that
	arguments string        // the key of the arguments in a call
	callKeys  reading.Names
	callWrap  reading.Names // what a call has around that
}

// toolKinds are the kinds of tools that the client runs. A grammar is the schema of a custom tool.
var toolKinds = map[string]*toolKind{
	"function": {
		schema: "parameters", keys: reading.KeySet(`type name description parameters strict cache_control`), wrapper: reading.KeySet(`type function cache_control`),
		arguments: "arguments", callKeys: reading.KeySet(`name arguments`), callWrap: reading.KeySet(`type id function`),
	},
	"custom": {
		schema: "format", keys: reading.KeySet(`type name description format cache_control`), wrapper: reading.KeySet(`type custom cache_control`),
		arguments: "input", callKeys: reading.KeySet(`name input`), callWrap: reading.KeySet(`type id custom`),
	},
}

// toolKeys are those of a tool of any kind.
var toolKeys = reading.KeySet(`type function custom cache_control`)

func (format) parseCalls(r *reading.Reader, m *wire.Message, o reading.Object) error {
	add := func(id string, kind *toolKind, raw []byte) error {
		if raw == nil {
			return nil
		}
		call, err := reading.Members(raw)
		if err != nil {
			return err
		}
		c, err := kind.call(id, call)
		m.Parts = append(m.Parts, wire.CallPart(c))
		return cmp.Or(err, r.Rest(call, kind.callKeys))
	}
	if err := add("", toolKinds["function"], o.Get("function_call")); err != nil {
		return fmt.Errorf("function_call: %w", err)
	}
	return o.Each("tool_calls", func(call reading.Object) error {
		id, err := call.Text("id")
		if err != nil {
			return err
		}
		name := "function"
		if call.Get("custom") != nil {
			name = "custom"
		}
		kind := toolKinds[name]
		if err := r.Rest(call, kind.callWrap); err != nil {
			return err
		}
		return add(id, kind, call.Get(name))
	})
}

// call reads the call of a tool.
func (k *toolKind) call(id string, o reading.Object) (c wire.ToolCall, err error) {
	c.ID = id
	if c.Name, err = o.Text("name"); err == nil {
		c.Arguments, err = o.Text(k.arguments)
	}
	return c, err
}

// parseTools reads functions, custom tools and the functions of the time before tools. Any other tool runs at the
// provider and puts there what it finds.
func (format) parseTools(r *reading.Reader, top reading.Object) error {
	functions := toolKinds["function"]
	if err := top.Each("functions", func(o reading.Object) error { return parseTool(r, o, functions) }); err != nil {
		return err
	}
	return top.Each("tools", func(o reading.Object) error {
		if err := o.Exact(toolKeys); err != nil {
			return err
		}
		name, err := o.Text("type")
		if err != nil {
			return err
		}
		kind := toolKinds[name]
		raw := o.Get(name)
		switch {
		case kind == nil:
			r.AddServerTool(wire.ServerTool{Kind: name})
			return nil
		case raw == nil:
			r.AddUnseen("tool " + reading.PartName(name))
			return nil
		}
		inner, err := reading.Members(raw)
		if err == nil {
			err = parseTool(r, inner, kind)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return r.Rest(o, kind.wrapper)
	})
}

// ReadTool reads a tool that stands without a wrapper, and reports whether it is of a kind that the client runs: "function"
// or "custom". Of others it reads nothing.
func ReadTool(r *reading.Reader, o reading.Object, kind string) (known bool, err error) {
	k := toolKinds[kind]
	if k == nil {
		return false, nil
	}
	return true, parseTool(r, o, k)
}

// ReadCall reads the call, with an id, of a tool of a kind that [ReadTool] knows.
func ReadCall(kind, id string, o reading.Object) (wire.ToolCall, error) {
	return toolKinds[kind].call(id, o)
}

func parseTool(r *reading.Reader, o reading.Object, kind *toolKind) error {
	t := wire.Tool{Schema: o.Get(kind.schema)}
	var err error
	if t.Name, err = o.Text("name"); err != nil {
		return err
	}
	if t.Description, err = o.Text("description"); err != nil {
		return err
	}
	r.Tools = append(r.Tools, t)
	return r.Rest(o, kind.keys)
}

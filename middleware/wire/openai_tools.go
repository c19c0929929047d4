package wire

import (
	"cmp"
	"fmt"
)

// toolKind is what the tools of a kind have, and the calls of them.
type toolKind struct {
	schema    string // the key of the schema
	keys      names
	wrapper   names  // what a tool has around that
	arguments string // the key of the arguments in a call
	callKeys  names
	callWrap  names // what a call has around that
}

// toolKinds are the kinds of tools that the client runs. A grammar is the schema of a custom tool.
var toolKinds = map[string]*toolKind{
	"function": {
		schema: "parameters", keys: keySet(`type name description parameters strict cache_control`), wrapper: keySet(`type function cache_control`),
		arguments: "arguments", callKeys: keySet(`name arguments`), callWrap: keySet(`type id function`),
	},
	"custom": {
		schema: "format", keys: keySet(`type name description format cache_control`), wrapper: keySet(`type custom cache_control`),
		arguments: "input", callKeys: keySet(`name input`), callWrap: keySet(`type id custom`),
	},
}

// toolKeys are those of a tool of any kind.
var toolKeys = keySet(`type function custom cache_control`)

func (openai) parseCalls(r *Reader, m *Message, o object) error {
	add := func(id string, kind *toolKind, raw []byte) error {
		if raw == nil {
			return nil
		}
		call, err := members(raw)
		if err != nil {
			return err
		}
		c, err := kind.call(id, call)
		m.ToolCalls = append(m.ToolCalls, c)
		return cmp.Or(err, r.rest(call, kind.callKeys))
	}
	if err := add("", toolKinds["function"], o.get("function_call")); err != nil {
		return fmt.Errorf("function_call: %w", err)
	}
	return o.each("tool_calls", func(call object) error {
		id, err := call.text("id")
		if err != nil {
			return err
		}
		name := "function"
		if call.get("custom") != nil {
			name = "custom"
		}
		kind := toolKinds[name]
		if err := r.rest(call, kind.callWrap); err != nil {
			return err
		}
		return add(id, kind, call.get(name))
	})
}

// call reads the call of a tool.
func (k *toolKind) call(id string, o object) (c ToolCall, err error) {
	c.ID = id
	if c.Name, err = o.text("name"); err == nil {
		c.Arguments, err = o.text(k.arguments)
	}
	return c, err
}

// parseTools reads functions, custom tools and the functions of the time before tools. Any other tool runs at the
// provider and puts there what it finds.
func (openai) parseTools(r *Reader, top object) error {
	functions := toolKinds["function"]
	if err := top.each("functions", func(o object) error { return parseTool(r, o, functions) }); err != nil {
		return err
	}
	return top.each("tools", func(o object) error {
		if err := o.exact(toolKeys); err != nil {
			return err
		}
		name, err := o.text("type")
		if err != nil {
			return err
		}
		kind := toolKinds[name]
		raw := o.get(name)
		if kind == nil || raw == nil {
			r.see("tool " + partName(name))
			return nil
		}
		inner, err := members(raw)
		if err == nil {
			err = parseTool(r, inner, kind)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return r.rest(o, kind.wrapper)
	})
}

func parseTool(r *Reader, o object, kind *toolKind) error {
	t := Tool{Schema: o.get(kind.schema)}
	var err error
	if t.Name, err = o.text("name"); err != nil {
		return err
	}
	if t.Description, err = o.text("description"); err != nil {
		return err
	}
	r.Tools = append(r.Tools, t)
	return r.rest(o, kind.keys)
}

package wire

import "fmt"

func (openai) parseCalls(m *Message, o object) error {
	add := func(id string, call []byte) error {
		if call == nil {
			return nil
		}
		function, err := members(call)
		if err != nil {
			return err
		}
		c := ToolCall{ID: id}
		if c.Name, err = function.text("name"); err != nil {
			return err
		}
		if c.Arguments, err = function.text("arguments"); err != nil {
			return err
		}
		if c.Arguments == "" {
			c.Arguments, err = function.text("input") // of a custom tool
		}
		m.ToolCalls = append(m.ToolCalls, c)
		return err
	}
	if err := add("", o.get("function_call")); err != nil {
		return fmt.Errorf("function_call: %w", err)
	}
	return o.each("tool_calls", func(call object) error {
		id, err := call.text("id")
		if err != nil {
			return err
		}
		if custom := call.get("custom"); custom != nil {
			return add(id, custom)
		}
		return add(id, call.get("function"))
	})
}

// parseTools reads functions, custom tools (whose grammar is their schema) and the functions of the time
// before tools. Any other tool runs at the provider and puts there what it finds.
func (openai) parseTools(r *Request, top object) error {
	if err := top.each("functions", func(o object) error { return r.parseFunction(o, "parameters") }); err != nil {
		return err
	}
	return top.each("tools", func(o object) error {
		kind, err := o.text("type")
		if err != nil {
			return err
		}
		schema := functionSchema[kind]
		raw := o.get(kind)
		if schema == "" || raw == nil {
			r.see("tool " + partName(kind))
			return nil
		}
		inner, err := members(raw)
		if err == nil {
			err = r.parseFunction(inner, schema)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		return nil
	})
}

// functionSchema is the key of the schema in a tool of each kind.
var functionSchema = map[string]string{"function": "parameters", "custom": "format"}

func (r *Request) parseFunction(o object, schema string) error {
	t := Tool{Schema: o.get(schema)}
	var err error
	if t.Name, err = o.text("name"); err != nil {
		return err
	}
	if t.Description, err = o.text("description"); err != nil {
		return err
	}
	r.Tools = append(r.Tools, t)
	r.rest(o, openaiFunctionKeys)
	return nil
}

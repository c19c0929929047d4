package responses

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

var (
	toolKeys      = reading.KeySet(`type name description parameters format strict tools execution`)
	namespaceKeys = reading.KeySet(`type name description tools`)
	searchKeys    = reading.KeySet(`type name description parameters execution`)
)

// tools reads functions and custom tools, which have no wrapper here, and namespaces of them. Any other runs at the
// provider, also a search of what that has stored (external_web_access).
func (f format) tools(r *reading.Reader, top reading.Object) error {
	return top.Each("tools", func(o reading.Object) error {
		if err := o.Exact(toolKeys); err != nil {
			return err
		}
		kind, err := o.Text("type")
		switch {
		case err != nil:
			return err
		case kind == "namespace":
			return f.namespace(r, o)
		case kind == "tool_search" && string(o.Get("execution")) == `"client"`: // Codex's, a function but for its name
			return readTool(r, o, kind, searchKeys)
		}
		return f.tool(r, o, kind)
	})
}

func (format) tool(r *reading.Reader, o reading.Object, kind string) error {
	known, err := openai.ReadTool(r, o, kind)
	if !known {
		r.AddServerTool(wire.ServerTool{Kind: kind})
	}
	return err
}

// namespace reads a group of tools: its own name and description, which the model gets as those of a tool, and each tool
// in it.
func (f format) namespace(r *reading.Reader, o reading.Object) error {
	if err := readTool(r, o, "", namespaceKeys); err != nil {
		return err
	}
	return o.Each("tools", func(inner reading.Object) error {
		if err := inner.Exact(toolKeys); err != nil {
			return err
		}
		kind, err := inner.Text("type")
		if err != nil {
			return err
		}
		return f.tool(r, inner, kind)
	})
}

// readTool reads what is said of a tool under keys that all kinds have.
func readTool(r *reading.Reader, o reading.Object, name string, known reading.Names) error {
	t := wire.Tool{Name: name, Schema: o.Get("parameters")}
	given, err := o.Text("name")
	if err != nil {
		return err
	}
	if given != "" {
		t.Name = given
	}
	if t.Description, err = o.Text("description"); err != nil {
		return fmt.Errorf("%s: %w", reading.PartName(t.Name), err)
	}
	r.Tools = append(r.Tools, t)
	return r.Rest(o, known)
}

package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// record is one row of data: its columns in their order, each with a text, or a value in JSON.
type record struct {
	names  []string // shared by the rows of a table: not to be changed
	values []any    // string or json.RawMessage
}

// missingField says that a row lacks what a template asks for.
type missingField struct {
	path []string
	near []string // the names that are there
}

func (e *missingField) Error() string {
	return "there is no field " + document.Quote(strings.Join(e.path, "."))
}

// recordOf is a JSON object as a row. A key that comes twice counts once, as it did last.
func recordOf(o object) record {
	r := record{names: o.keys, values: make([]any, len(o.keys))}
	for i, key := range o.keys {
		r.values[i] = o.values[key]
	}
	return r
}

func (r record) has(path ...string) bool {
	_, err := r.field(path...)
	return err == nil
}

// field is what a template gets for a column, or for what an object in it has under further keys: a text as it is, true
// and false, and every other value as it is written. JSON's null is as good as absent.
func (r record) field(path ...string) (any, error) {
	i := slices.Index(r.names, path[0])
	if i < 0 {
		return nil, &missingField{path[:1], r.names}
	}
	if text, isText := r.values[i].(string); isText {
		if len(path) > 1 {
			return nil, &missingField{path, nil}
		}
		return text, nil
	}
	raw := r.values[i].(json.RawMessage)
	for n, key := range path[1:] {
		o := object{}
		if raw[0] == '{' {
			o = objectOf(raw)
		}
		if !o.has(key) {
			return nil, &missingField{path[:n+2], o.keys}
		}
		raw = o.values[key]
	}
	return plainField(raw, path)
}

func plainField(raw json.RawMessage, path []string) (any, error) {
	switch {
	case string(raw) == "null":
		return nil, &missingField{path, nil}
	case raw[0] == '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case string(raw) == "true", string(raw) == "false":
		return raw[0] == 't', nil
	}
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.String(), err
}

// columns is the row as a JSON object, its columns in their order.
func (r record) columns() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range r.names {
		if slices.Contains(r.names[:i], name) {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(quoteJSON(name))
		b.WriteByte(':')
		if text, isText := r.values[i].(string); isText {
			b.Write(quoteJSON(text))
		} else if json.Compact(&b, r.values[i].(json.RawMessage)) != nil {
			panic("tasks: a row was kept that is no JSON")
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// String is what {{ . }} writes in the prompt of a row.
func (r record) String() string { return string(r.columns()) }

// quoteJSON is a text in JSON, with no more escapes than it needs.
func quoteJSON(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(fmt.Sprintf("tasks: a text that cannot be written: %v", err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

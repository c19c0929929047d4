package reading

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Encode writes v as JSON without escaping for HTML. It fails on a schema that is no JSON.
func Encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Marshal writes strings and maps of strings as JSON, which cannot fail.
func Marshal(v any) []byte {
	out, err := Encode(v)
	if err != nil {
		panic(err)
	}
	return out
}

// Compact returns a schema without the white space that no provider keeps.
func Compact(schema json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, schema) != nil {
		return string(schema)
	}
	return out.String()
}

package reading

import (
	"bytes"
	"encoding/json"
)

// Whatever a body says under a key that its format does not have, some server may put before the model: a
// gateway that speaks two formats, a template of an open model, a key that is newer than this package. Left
// out, such text would be spent beside the budget; so it counts, as an estimate.

// Rest notes the text in the members of o that are not known: read elsewhere, or settings that no model reads. It
// refuses keys that are not known but fold onto one that is.
func (r *Reader) Rest(o Object, known Names) error {
	for _, m := range o {
		if !known.Has(m.Key) {
			r.AddExtra(m.Value)
		}
	}
	return o.Exact(known)
}

// AddExtra notes the text of a value. Numbers, true, false, null and what is empty are none.
func (r *Reader) AddExtra(value []byte) {
	if bytes.IndexByte(value, '"') < 0 || string(value) == `""` {
		return
	}
	text := Compact(json.RawMessage(value))
	if s, err := Unquote(value); err == nil {
		text = s
	}
	r.Body.Extra = append(r.Body.Extra, text)
}

// AddSchema notes that of the answer. Where a body has several, nobody knows which the server takes.
func (r *Reader) AddSchema(value []byte) {
	switch {
	case value == nil:
	case r.Schema == nil:
		r.Schema = value
	default:
		r.AddExtra(value)
	}
}

package reading

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Texts joins the texts of a message by newlines.
type Texts []string

// Add takes a text, unless it is empty.
func (t *Texts) Add(s string) {
	if s != "" {
		*t = append(*t, s)
	}
}

func (t Texts) String() string { return strings.Join(t, "\n") }

// Before returns the parts of a message that says the texts, as one, and asks for the calls.
func (t Texts) Before(calls []wire.Part) []wire.Part {
	if len(t) == 0 {
		return calls
	}
	return append([]wire.Part{wire.TextPart(t.String())}, calls...)
}

// Answering returns the parts of a message that says the texts: the result of the call with that ID, if it has one.
func (t Texts) Answering(callID string) []wire.Part {
	if callID == "" {
		return t.Before(nil)
	}
	return []wire.Part{wire.ResultPart(callID, t.String())}
}

// Content reads what a message says: a string, or a list of parts of which only texts and images are seen. A part
// without a type may say by its key alone that it is a text, as in Bedrock's Converse.
func (t *Texts) Content(r *Reader, raw []byte) error {
	switch {
	case raw == nil:
		return nil
	case raw[0] == '"':
		s, err := Unquote(raw)
		if err != nil {
			return fmt.Errorf("content: %w", err)
		}
		t.Add(s)
		return nil
	case raw[0] != '[':
		return fmt.Errorf("content: want a string or a list of parts")
	}
	return Object{{Key: "content", Value: raw}}.Each("content", func(part Object) error {
		if err := part.Exact(partKeys); err != nil {
			return err
		}
		kind, err := part.Text("type")
		if err != nil {
			return err
		}
		switch kind {
		case "text", "input_text":
			return t.Part(r, part, "text", TextKeys)
		case "output_text":
			return t.Part(r, part, "text", outputTextKeys)
		case "refusal":
			return t.Part(r, part, "refusal", refusalKeys)
		case "":
			if part.Get("text") != nil {
				return t.Part(r, part, "text", TextKeys)
			}
		}
		found, err := r.ReadImage(kind, part)
		if !found {
			r.AddUnseen(PartName(kind))
		}
		return err
	})
}

// What a text has as a part. In all formats a mark for the prompt cache is a setting.
var (
	TextKeys       = KeySet(`type text cache_control`)
	outputTextKeys = KeySet(`type text logprobs`)
	refusalKeys    = KeySet(`type refusal`)
	partKeys       = KeySet(`type text refusal image_url source detail file file_id input_audio cache_control`)
)

// Part reads the text of a part at key, and notes what the part says under keys that are not known.
func (t *Texts) Part(r *Reader, part Object, key string, known Names) error {
	s, err := part.Text(key)
	t.Add(s)
	return cmp.Or(err, r.Rest(part, known))
}

// PartName names a part of a message that is not seen.
func PartName(kind string) string {
	if kind = Word(kind); kind == "" {
		return "part of unknown type"
	}
	return kind
}

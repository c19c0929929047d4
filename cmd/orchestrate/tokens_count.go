package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// plainText is the shape of what is no request.
const plainText = "text"

// defaultModels are those whose tokens are counted where nobody says, by the shape of the input.
var defaultModels = map[string]string{
	plainText:   "gpt-4o",
	"openai":    "gpt-4o",
	"responses": "gpt-4o",
	"anthropic": "claude-sonnet-4-5",
	"gemini":    "gemini-2.5-pro",
}

// count counts a request, a JSON string (of a line) or a text.
func (t *tokens) count(data []byte) (view.Count, error) {
	r, shape, err := wire.ParseAny(data, t.model)
	none := new(wire.NoRequestError)
	switch {
	case err == nil:
		r.Model = cmp.Or(r.Model, defaultModels[shape])
		c := view.NewCount(r.Model, shape, wire.Count(r), r.Uncounted())
		if t.cut {
			c.AddNote("not cut into tokens: it is a request, and --show cuts texts")
		}
		return c, nil
	case !errors.As(err, &none):
		return view.Count{}, err
	}
	text := string(data)
	if t.lines {
		var line *string // null leaves it nil
		if json.Unmarshal(data, &line) != nil || line == nil {
			return view.Count{}, fmt.Errorf("neither a JSON string nor a request: %s", cmp.Or(none.Reason, "it is another value"))
		}
		text = *line
	}
	model := cmp.Or(t.model, defaultModels[plainText])
	c := view.NewCount(model, plainText, tokenizer.For(model).Count(text), "")
	if none.Reason != "" {
		c.Note = "counted as plain text: " + none.Reason
	}
	if none.Several {
		c.Note += " (count each line with --jsonl)"
	}
	if t.cut {
		err = t.cutter.cut(&c, text)
		return c, err
	}
	return c, nil
}

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// plainText is the shape of what is no request.
const plainText = "text"

// defaultModel is the one whose tokens of a text are counted where nobody names one.
const defaultModel = "gpt-4o"

// count counts a request, a JSON string (of a line) or a text.
func (t *tokens) count(data []byte) (view.Count, error) {
	r, shape, err := formats.ParseAny(data, t.model)
	none := new(formats.NoRequestError)
	switch {
	case err == nil:
		r.Model = cmp.Or(r.Model, formats.ModelOf(shape))
		c := view.NewCount(r.Model, shape, count.Of(r), count.Uncounted(r))
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
	model := cmp.Or(t.model, defaultModel)
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

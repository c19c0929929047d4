package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	tokencount "github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
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
func (t *tokens) count(data []byte) (countJSON, error) {
	r, shape, err := formats.ParseAny(data, t.model)
	none := new(formats.NoRequestError)
	switch {
	case err == nil:
		r.Model = cmp.Or(r.Model, defaultModels[shape])
		c := countOf(r.Model, shape, tokencount.Of(r), tokencount.Uncounted(r))
		if t.cut {
			c.addNote("not cut into tokens: it is a request, and --show cuts texts")
		}
		return c, nil
	case !errors.As(err, &none):
		return countJSON{}, err
	}
	text := string(data)
	if t.lines {
		var line *string // null leaves it nil
		if json.Unmarshal(data, &line) != nil || line == nil {
			return countJSON{}, fmt.Errorf("neither a JSON string nor a request: %s", cmp.Or(none.Reason, "it is another value"))
		}
		text = *line
	}
	model := cmp.Or(t.model, defaultModels[plainText])
	c := countOf(model, plainText, tokenizer.For(model).Count(text), "")
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

// countOf is what is known of an input: its tokens, or what keeps them from being known.
func countOf(model, shape string, n tokenizer.Count, unseen string) countJSON {
	c := countJSON{Model: model, Format: shape, Kind: n.Kind, Encoding: n.Encoding, count: n}
	if n.Kind == tokenizer.None {
		c.Uncountable = cmp.Or(unseen, "image") // one of a model without a known rule
		c.Countable = &amountJSON{n.Tokens, n.Margin}
	} else {
		c.Tokens, c.Margin = &n.Tokens, &n.Margin
	}
	return c
}

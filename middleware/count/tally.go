package count

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// tally counts the parts of one request. Once ctx has ended, what it counts is worth nothing.
type tally struct {
	ctx     context.Context
	counter *tokenizer.Counter
	shape   *models.Overhead
	memo    *memo // nil remembers nothing
}

// part is what counts the same in every request to the same model.
type part interface {
	size() int              // of its texts in bytes, about
	hash(m *memo) [2]uint64 // of everything that count looks at
	count(t tally) tokenizer.Count
}

// part counts p, unless it is known.
func (t tally) part(p part) tokenizer.Count {
	if t.memo == nil || p.size() < memoLeast {
		return p.count(t)
	}
	key := memoKey{t.counter, t.shape, p.hash(t.memo)}
	n, known := t.memo.find(key)
	if !known {
		n = p.count(t)
		if t.ctx.Err() == nil {
			t.memo.add(key, n)
		}
	}
	return n
}

// text counts one text.
func (t tally) text(s string) tokenizer.Count {
	n, _ := t.counter.CountContext(t.ctx, s) // fails only if ctx has ended
	return n
}

// functionRole is the role of a function's answer, from before there were tools.
const functionRole = "function"

// elementMargin is a margin for each element of the lists in a schema.
const elementMargin = 2

// The kinds of parts, in their hashes.
const (
	messagePart = iota
	toolPart
	extraPart
)

// tool is what counts of a tool.
type tool wire.Tool

func (o *tool) size() int { return len(o.Name) + len(o.Description) + len(o.Schema) }

func (o *tool) hash(known *memo) [2]uint64 {
	d := known.digest(toolPart)
	d.text(o.Name)
	d.text(o.Description)
	d.bytes(o.Schema)
	return d.sum()
}

func (o *tool) count(t tally) tokenizer.Count {
	select {
	case compacting <- struct{}{}:
		defer func() { <-compacting }()
	case <-t.ctx.Done():
		return tokenizer.Count{}
	}
	schema := compacted(o.Schema)
	return t.rendered(t.shape.Tool, o.Name, o.Description, schema).Add(t.fixed(0, elementMargin*listed(schema)))
}

// compacting has one for each tool whose schema is being copied. A schema may be as large as a body, and many may
// be counted at once.
var compacting = make(chan struct{}, 16)

// listed returns how many elements the lists of a schema have, its enums above all, or a few more.
func listed(schema string) (n int64) {
	for {
		_, list, ok := strings.Cut(schema, "[")
		if !ok {
			return n
		}
		list, schema, _ = strings.Cut(list, "]")
		n += int64(strings.Count(list, ",")) + 1
	}
}

// rendered counts texts that the provider renders in a way of its own.
func (t tally) rendered(overhead int64, texts ...string) tokenizer.Count {
	sum := t.fixed(overhead, 0)
	for _, text := range texts {
		sum = sum.Add(t.text(text))
	}
	return sum.Add(t.fixed(0, sum.Tokens/t.shape.Part+1))
}

// fixed is a number of tokens that no text has; with a margin it is an estimate.
func (t tally) fixed(tokens, margin int64) tokenizer.Count {
	n := tokenizer.Count{Tokens: tokens, Margin: margin, Certainty: tokenizer.Exact, Encoding: t.counter.Encoding()}
	if margin > 0 {
		n.Certainty = tokenizer.Estimate
	}
	return n
}

// compacted returns a schema without the white space that no provider keeps.
func compacted(schema json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, schema) != nil {
		return string(schema)
	}
	return out.String()
}

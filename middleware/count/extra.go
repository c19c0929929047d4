package count

import (
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// extraText is a text as a part: if it becomes input at all, it is about a message.
type extraText string

func (e *extraText) size() int { return len(*e) }

func (e *extraText) hash(known *memo) [2]uint64 {
	d := known.digest(extraPart)
	d.text(string(*e))
	return d.sum()
}

func (e *extraText) count(t tally) tokenizer.Count {
	return t.rendered(t.shape.Message, string(*e)).Add(t.fixed(0, t.shape.MessageMargin+1))
}

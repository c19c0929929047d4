package tokenizer

import (
	"context"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/bpe"
)

// Counter counts texts the way one model's tokenizer does, or as near to it as is known.
// It is immutable and safe for concurrent use; [For] makes one.
type Counter struct {
	family   Family
	encoding string
	count    func(ctx context.Context, text string) (Count, error) // without the encoding's name
}

// Count returns how many tokens text has. It is plain text: "<|endoftext|>" is thirteen characters here,
// never a special token. Each byte that is not part of valid UTF-8 counts as one U+FFFD, because that is
// what becomes of it on its way through JSON.
func (c *Counter) Count(text string) Count {
	n, _ := c.CountContext(context.Background(), text) // fails only if the context ends
	return n
}

// CountContext is Count, but gives up soon after ctx ends, however long the text is. The error is then ctx's cause,
// and the count is zero.
func (c *Counter) CountContext(ctx context.Context, text string) (Count, error) {
	n, err := c.count(ctx, text)
	if err != nil {
		return Count{}, err
	}
	n.Encoding = c.encoding
	return n, nil
}

// Family returns the family whose request overheads apply to the model.
func (c *Counter) Family() Family { return c.family }

// Encoding names what counts: a published vocabulary ("o200k_base"), or the tokenizer that an estimate is
// for ("claude").
func (c *Counter) Encoding() string { return c.encoding }

// exactCounter counts with one of OpenAI's published vocabularies.
func exactCounter(encoding string, published func() *bpe.Encoding) *Counter {
	return &Counter{family: OpenAI, encoding: encoding, count: func(ctx context.Context, text string) (Count, error) {
		n, err := published().Count(ctx, text)
		return Count{Tokens: n, Certainty: Exact}, err
	}}
}

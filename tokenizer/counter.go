package tokenizer

// Counter counts texts the way one model's tokenizer does, or as near to it as is known.
// It is immutable and safe for concurrent use; [For] makes one.
type Counter struct {
	family   Family
	encoding string
	count    func(text string) Count // without the encoding's name and without learnt constants
	learnt   Constants
}

// Count returns how many tokens text has. It is plain text: "<|endoftext|>" is thirteen characters here,
// never a special token. Each byte that is not part of valid UTF-8 counts as one U+FFFD, because that is
// what becomes of it on its way through JSON.
func (c *Counter) Count(text string) Count {
	n := c.count(text)
	n.Encoding = c.encoding
	return c.learnt.raise(n)
}

// Family returns the family whose request overheads apply to the model.
func (c *Counter) Family() Family { return c.family }

// Encoding names what counts: a published vocabulary ("o200k_base"), or the tokenizer that an estimate is
// for ("claude").
func (c *Counter) Encoding() string { return c.encoding }

// With returns a counter that also applies learnt constants, replacing earlier ones. They may raise the
// bound of a count, never lower it.
func (c *Counter) With(k Constants) *Counter {
	d := *c
	d.learnt = k
	return &d
}

// exactCounter counts with one of OpenAI's published vocabularies.
func exactCounter(encoding string) *Counter {
	return &Counter{family: OpenAI, encoding: encoding, count: func(text string) Count {
		return Count{Tokens: encoders[encoding]().count(text), Kind: Exact}
	}}
}

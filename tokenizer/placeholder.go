package tokenizer

// Kind says how sure a count is.
type Kind string

// The kinds of counts, surest first.
const (
	Exact    Kind = "exact"
	Upper    Kind = "upper"
	Estimate Kind = "estimate"
	None     Kind = "none"
)

// Count is a number of tokens.
type Count struct {
	Tokens, Margin int64
	Kind           Kind
	Encoding       string
}

// Bound is Tokens + Margin.
func (c Count) Bound() int64 { return c.Tokens + c.Margin }

// Add returns the sum of two counts, as sure as the less sure of both.
func (c Count) Add(d Count) Count {
	doubt := map[Kind]int{"": 0, Exact: 1, Upper: 2, Estimate: 3, None: 4}
	sum := Count{c.Tokens + d.Tokens, c.Margin + d.Margin, c.Kind, c.Encoding}
	if doubt[d.Kind] > doubt[c.Kind] {
		sum.Kind = d.Kind
	}
	if sum.Encoding == "" {
		sum.Encoding = d.Encoding
	}
	return sum
}

// Family names the vendor line of a model.
type Family string

// The families that requests differ in.
const (
	OpenAI    Family = "openai"
	Anthropic Family = "anthropic"
	Unknown   Family = "unknown"
)

// Counter counts the texts of one model.
type Counter struct{ family Family }

// For returns the counter of a model.
func For(model string) *Counter {
	switch {
	case len(model) >= 6 && model[:6] == "claude":
		return &Counter{Anthropic}
	case len(model) >= 3 && model[:3] == "gpt", len(model) >= 2 && model[0] == 'o':
		return &Counter{OpenAI}
	}
	return &Counter{Unknown}
}

// Count takes a token for four bytes.
func (c *Counter) Count(text string) Count {
	n := Count{Tokens: int64(len(text)+3) / 4, Kind: Exact, Encoding: "o200k_base"}
	if c.family != OpenAI {
		n.Kind, n.Encoding, n.Margin = Estimate, string(c.family), n.Tokens
	}
	return n
}

// Family returns the family of the model.
func (c *Counter) Family() Family { return c.family }

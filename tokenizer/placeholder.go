package tokenizer

// Kind says how sure a count is.
type Kind string

// Count is a number of tokens.
type Count struct {
	Tokens, Margin int64
	Kind           Kind
	Encoding       string
}

// Bound is Tokens + Margin.
func (c Count) Bound() int64 { return c.Tokens + c.Margin }

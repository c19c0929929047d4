package tokenizer

// Certainty says how sure a count is. The zero value stands for a count of nothing and is as sure as Exact.
type Certainty string

const (
	// Exact counts equal what the vendor's own tokenizer says.
	Exact Certainty = "exact"
	// Upper counts are proven never to be below what the vendor's tokenizer says.
	Upper Certainty = "upper"
	// Estimate counts are measured approximations; only Tokens + Margin is meant to be trusted.
	Estimate Certainty = "estimate"
	// None means nothing is known: the number is no basis for a decision.
	None Certainty = "none"
)

// doubt orders kinds from the surest to the least sure.
func (k Certainty) doubt() int {
	switch k {
	case "":
		return 0
	case Exact:
		return 1
	case Upper:
		return 2
	case Estimate:
		return 3
	default:
		return 4
	}
}

// Count is a number of tokens and how far to trust it. The zero value counts nothing, for certain.
type Count struct {
	Tokens    int64     // the number itself
	Margin    int64     // tokens to add before an Estimate may be trusted as a bound; 0 for Exact and Upper
	Certainty Certainty // how sure the number is
	Encoding  string    // what counted: "o200k_base", "bytes", "claude", ...; "mixed" for a sum of different ones
}

// Bound is the most tokens the text is trusted to have: Tokens + Margin.
func (c Count) Bound() int64 { return c.Tokens + c.Margin }

// Add returns the sum of two counts. Its kind is the less sure of both.
func (c Count) Add(d Count) Count {
	sum := Count{
		Tokens:    c.Tokens + d.Tokens,
		Margin:    c.Margin + d.Margin,
		Certainty: c.Certainty,
		Encoding:  c.Encoding,
	}
	if d.Certainty.doubt() > c.Certainty.doubt() {
		sum.Certainty = d.Certainty
	}
	switch {
	case c.Encoding == "":
		sum.Encoding = d.Encoding
	case d.Encoding != "" && d.Encoding != c.Encoding:
		sum.Encoding = "mixed"
	}
	return sum
}

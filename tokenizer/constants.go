package tokenizer

import "math"

// Constants are what a learner found out by comparing this package's counts with billed usage, as plain
// integers. A count of n tokens then means
//
//	learnt tokens = n * RatioPermille / 1000 + Constant    (rounded up; Constant only if n > 0)
//	learnt margin = n * MarginPermille / 1000              (rounded up)
//
// The zero value changes nothing: a RatioPermille of 0 stands for 1000.
type Constants struct {
	RatioPermille  int64 // billed tokens per thousand counted
	Constant       int64 // tokens billed beside those in proportion to the text
	MarginPermille int64 // margin per thousand counted tokens
}

// raise returns c corrected by k. The bound never falls: where the learnt bound is lower, the margin grows
// to keep the old one. An exact or upper count keeps its number; if its bound had to rise, it was not what
// it claimed to be and becomes an estimate.
func (k Constants) raise(c Count) Count {
	if k == (Constants{}) || c.Tokens <= 0 {
		return c
	}
	ratio := k.RatioPermille
	if ratio <= 0 {
		ratio = 1000
	}
	tokens := permille(c.Tokens, ratio) + min(max(k.Constant, 0), maxTokens)
	bound := max(c.Bound(), tokens+permille(c.Tokens, k.MarginPermille))
	if c.Kind == Estimate {
		c.Tokens = tokens
	} else if bound > c.Bound() && c.Kind != None {
		c.Kind = Estimate
	}
	c.Margin = bound - c.Tokens
	return c
}

// maxTokens saturates arithmetic: far above any text, and safe to add up a few hundred times.
const maxTokens = math.MaxInt64 / 1024

// permille is n*p/1000 rounded up, at most maxTokens. Negative n or p count as 0.
func permille(n, p int64) int64 {
	if n <= 0 || p <= 0 {
		return 0
	}
	if n > (math.MaxInt64-999)/p {
		return maxTokens
	}
	return min((n*p+999)/1000, maxTokens)
}

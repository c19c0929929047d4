package figures

import (
	"math/big"
	"strconv"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// Figure is a number of tokens that an answer may have said, perhaps more than once.
type Figure struct {
	N     int64
	Known bool // a number that can be was said
	wrong bool // one that cannot be was said
}

// say takes what one report says: the larger, where it says it twice. What is no number says nothing.
func (f *Figure) say(v reading.Node) {
	n, ok := v.Integer()
	switch {
	case ok && 0 <= n && n <= budget.MaxAttemptTokens:
		f.N, f.Known = max(f.N, n), true
	case v.Numeric():
		f.wrong = true
	}
}

// follow takes what a later report says in place of what an earlier one said.
func (f *Figure) follow(later Figure) {
	f.wrong = f.wrong || later.wrong
	if later.Known {
		f.N, f.Known = later.N, true
	}
}

// grow is follow for a figure that never falls.
func (f *Figure) grow(later Figure) {
	later.N = max(later.N, f.N)
	f.follow(later)
}

// lost reports whether nothing was said but what cannot be.
func (f Figure) lost() bool { return f.wrong && !f.Known }

// or returns f, or g where f says nothing more than 0 and g does.
func (f Figure) or(g Figure) Figure {
	if f.N == 0 && g.Known {
		return g
	}
	return f
}

// dollars reads a number of US dollars and rounds it up to a nano-USD; nil if it is none that one attempt can cost.
func dollars(v reading.Node) *budget.NanoUSD {
	const least = 1e-15
	s := v.Literal()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= float64(budget.MaxAttemptCost/budget.USD)) {
		return nil
	}
	var cost budget.NanoUSD
	if f >= least { // so that no exponent makes the exact number a long one
		exact, ok := new(big.Rat).SetString(s)
		if !ok {
			return nil
		}
		exact.Mul(exact, new(big.Rat).SetInt64(int64(budget.USD)))
		up := new(big.Int).Add(exact.Num(), new(big.Int).Sub(exact.Denom(), big.NewInt(1)))
		cost = budget.NanoUSD(up.Div(up, exact.Denom()).Int64())
	} else if f > 0 {
		cost = 1
	}
	if cost > budget.MaxAttemptCost {
		return nil
	}
	return &cost
}

// ticks reads a number of xAI's ticks, of which a US dollar has 10^10 (https://docs.x.ai/developers/cost-tracking), and
// rounds it up to a nano-USD; nil if it is none that one attempt can cost.
func ticks(v reading.Node) *budget.NanoUSD {
	const perNano = 10
	n, ok := v.Integer()
	cost := budget.NanoUSD((n + perNano - 1) / perNano)
	if !ok || n < 0 || cost > budget.MaxAttemptCost {
		return nil
	}
	return &cost
}

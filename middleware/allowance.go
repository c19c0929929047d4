package middleware

import (
	"cmp"
	"fmt"
	"math"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Allowance is what is held for what no request shows; see package wire.
type Allowance = wire.Allowance

// Allow gives c, which r asks for, what a holds for what r does not show. c has none of it if all is shown.
func Allow(c *budget.Call, r *Request, a Allowance) {
	if c.Certainty != budget.None {
		c.Unseen = nil
		return
	}
	u := &budget.Unseen{What: cmp.Or(count.Beside(r), "an input that was counted without a bound")}
	var tools []wire.ServerTool
	if r.Body != nil {
		tools = r.Body.ServerTools
	}
	bounded := count.Beside(r) == "" && len(tools) > 0
	for _, t := range tools {
		if !holdTool(u, t, a) && bounded {
			u.What, u.Key, bounded = "the tool "+t.Kind, toolKey(t), false
		}
	}
	if !bounded && a.Input == 0 {
		u.Input = 0 // the manager's allowance is for all of it
	} else if !bounded {
		u.Input = plus(u.Input, a.Input)
	}
	c.Unseen = u
}

// holdTool adds to u the most that t comes to, and reports whether that has a bound.
func holdTool(u *budget.Unseen, t wire.ServerTool, a Allowance) bool {
	bound, known := a.Of(t)
	uses := cmp.Or(t.Uses, bound.Uses)
	fees := budget.NanoUSD(times(uses, int64(max(bound.CostPerUse, t.Fee))))
	u.Fees = budget.NanoUSD(plus(int64(u.Fees), int64(fees)))
	if t.Fee == 0 {
		u.Untold = budget.NanoUSD(plus(int64(u.Untold), int64(fees)))
	}
	u.Input = plus(u.Input, times(uses, bound.TokensPerUse))
	return known && uses > 0
}

// toolKey is where the tool gets a bound.
func toolKey(t wire.ServerTool) string {
	keys := "max_uses and tokens_per_use"
	if t.Uses > 0 {
		keys = "tokens_per_use"
	}
	return fmt.Sprintf("%s under [providers.NAME.tools.%s]", keys, t.Undated())
}

// times and plus are those of numbers that are not below zero; what would wrap is the most that there is, which no
// budget takes.
func times(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

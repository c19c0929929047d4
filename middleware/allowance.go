package middleware

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Allowance is what is held for what calls of a model are charged for and no request shows: see [budget.Unseen]. The zero
// value leaves that to the manager's own allowance, [budget.Config].Allowance.
type Allowance struct {
	// Input is the most, in tokens, that all comes to which has no bound of its own; 0 is the manager's.
	Input int64

	// Tools are bounds of tools that run at the provider, by their kind, with or without its date.
	Tools map[string]ToolBound
}

// ToolBound bounds a tool that runs at the provider.
type ToolBound struct {
	Uses         int64 // in one call, where the request does not say; 0 is unknown
	TokensPerUse int64 // the most input that a use brings
	CostPerUse   budget.NanoUSD
}

// Allow gives c, which r asks for, what is held for what r does not show. c has none of it if all is shown.
func (a Allowance) Allow(c *budget.Call, r *Request) {
	if c.Bound != budget.None {
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
		if !a.hold(u, t) && bounded {
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

// hold adds the most that t comes to, and reports whether that has a bound.
func (a Allowance) hold(u *budget.Unseen, t wire.ServerTool) bool {
	bound, known := a.Tools[t.Kind]
	if !known {
		bound, known = a.Tools[undated(t.Kind)]
	}
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
	return fmt.Sprintf("%s under [providers.NAME.tools.%s]", keys, undated(t.Kind))
}

// undated is the kind of a tool without the date of its version.
func undated(kind string) string {
	const date = "_20250305"
	if n := len(kind) - len(date); n > 0 && kind[n] == '_' && strings.Trim(kind[n+1:], "0123456789") == "" {
		return kind[:n]
	}
	return kind
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

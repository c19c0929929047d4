package view

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Scope is what stands on a scope: tokens on the first level, money in nano-USD under cost. A null limit is
// unlimited.
type Scope struct {
	Scope     budget.Scope `json:"scope"`
	Run       string       `json:"run,omitempty"`
	Limit     *int64       `json:"limit"`
	Settled   int64        `json:"settled"`
	Held      int64        `json:"held"`
	Remaining *int64       `json:"remaining"`
	Assumed   int64        `json:"assumed"`
	Overrun   int64        `json:"overrun"`
	Debt      int64        `json:"debt"`
	Causes    *Causes      `json:"debt_by_cause,omitempty"` // in tokens; cost has its own
	Cost      ScopeCost    `json:"cost_nano_usd"`

	status budget.Status // what it was made of
}

// ScopeCost is the money of a [Scope].
type ScopeCost struct {
	Limit          *budget.NanoUSD `json:"limit"`
	Settled        *budget.NanoUSD `json:"settled"` // null: no token of it has a price
	Held           budget.NanoUSD  `json:"held"`
	Remaining      *budget.NanoUSD `json:"remaining"`
	Assumed        budget.NanoUSD  `json:"assumed"`
	Overrun        budget.NanoUSD  `json:"overrun"`
	Debt           budget.NanoUSD  `json:"debt"`
	UnpricedTokens int64           `json:"unpriced_tokens"`
	Causes         *Causes         `json:"debt_by_cause,omitempty"`
}

// Causes is a debt, taken apart by what made it.
type Causes struct {
	Overrun  int64 `json:"overrun"`
	Recorded int64 `json:"recorded"`
	Lowered  int64 `json:"lowered"`
	Soft     int64 `json:"soft"`
}

// ScopeOf is what a manager says of a scope.
func ScopeOf(s budget.Status) Scope {
	debt := s.Debt.Total()
	out := Scope{
		Scope: s.Scope, Run: s.Run, Limit: s.Limit.Tokens, Settled: s.Settled.Tokens, Held: s.Held.Tokens,
		Remaining: s.Remaining.Tokens, Assumed: s.Assumed.Tokens, Overrun: s.Overrun.Tokens, Debt: debt.Tokens,
		Cost: ScopeCost{
			Limit: s.Limit.Cost, Held: s.Held.Cost, Remaining: s.Remaining.Cost, Assumed: s.Assumed.Cost,
			Overrun: s.Overrun.Cost, Debt: debt.Cost, UnpricedTokens: s.Unpriced,
		},
		status: s,
	}
	if s.Unpriced == 0 || s.Unpriced < s.Settled.Tokens {
		out.Cost.Settled = &s.Settled.Cost
	}
	if !debt.IsZero() {
		d := s.Debt
		out.Causes = &Causes{d.Overrun.Tokens, d.Recorded.Tokens, d.Lowered.Tokens, d.Soft.Tokens}
		out.Cost.Causes = &Causes{int64(d.Overrun.Cost), int64(d.Recorded.Cost), int64(d.Lowered.Cost), int64(d.Soft.Cost)}
	}
	return out
}

func (s Scope) holds() bool { return s.Held != 0 || s.Cost.Held != 0 }

func (s Scope) row() []string {
	limit, left, costLeft := "unlimited", "unlimited", ""
	if s.Limit != nil {
		limit, left = Number(*s.Limit), Number(*s.Remaining)
	}
	if s.Cost.Limit != nil {
		costLeft = fmt.Sprintf("%v of %v", *s.Cost.Remaining, *s.Cost.Limit)
	}
	return []string{
		s.Scope.String(), limit, Number(s.Settled), Number(s.Held), left, Number(s.Assumed),
		amountText(budget.Amount{Tokens: s.Overrun, Cost: s.Cost.Overrun}),
		amountText(budget.Amount{Tokens: s.Debt, Cost: s.Cost.Debt}), costText(s.status.Counters), costLeft,
	}
}

package project

import (
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// TestWhenALimitIsSpent: by tokens or by money, whichever is sooner; what is held comes back for the most part, and does not count.
func TestWhenALimitIsSpent(t *testing.T) {
	status := func(settled, held budget.Amount) budget.Status {
		limit := budget.TokenLimit(1000).WithCost(1000)
		s := budget.Status{Scope: budget.Total, Limit: limit, Counters: budget.Counters{Settled: settled, Held: held}}
		s.Remaining = budget.TokenLimit(1000 - settled.Tokens - held.Tokens).WithCost(1000 - settled.Cost - held.Cost)
		return s
	}
	before := budget.Standing{Scopes: []budget.Status{status(budget.Amount{Tokens: 100, Cost: 100}, budget.Amount{})}}
	for name, tt := range map[string]struct {
		settled, held budget.Amount
		want          time.Duration
		ok            bool
	}{
		"nothing is spent":   {settled: budget.Amount{Tokens: 100, Cost: 100}},
		"tokens end first":   {settled: budget.Amount{Tokens: 500, Cost: 200}, want: 75 * time.Second, ok: true},
		"money ends first":   {settled: budget.Amount{Tokens: 200, Cost: 900}, want: 7500 * time.Millisecond, ok: true},
		"holds do not count": {settled: budget.Amount{Tokens: 500, Cost: 100}, held: budget.Amount{Tokens: 400}, want: 75 * time.Second, ok: true},
		"it is spent":        {settled: budget.Amount{Tokens: 1000, Cost: 100}, ok: true},
	} {
		if got, ok := soonest(status(tt.settled, tt.held), before, time.Minute); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v, %v, want %v", name, got, ok, tt.want)
		}
	}
	if _, ok := soonest(budget.Status{Scope: budget.Total}, before, time.Minute); ok {
		t.Error("of a scope without a limit")
	}
}

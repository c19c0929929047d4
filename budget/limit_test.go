package budget_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

func TestLess(t *testing.T) {
	for _, tt := range []struct {
		name           string
		limit          budget.Limit
		tokens, cost   int64
		wantTokens     int64 // -1 for none
		wantCost       budget.NanoUSD
		unlimitedAfter bool
	}{
		{"both", budget.TokenLimit(100).WithCost(50), 30, 20, 70, 30, false},
		{"to zero at the least", budget.TokenLimit(100).WithCost(50), 101, 51, 0, 0, false},
		{"tokens only", budget.TokenLimit(100), 30, 20, 70, -1, false},
		{"nothing is limited", budget.Limit{}, 30, 20, -1, -1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			less := tt.limit.Less(budget.Amount{Tokens: tt.tokens, Cost: budget.NanoUSD(tt.cost)})
			tokens, cost := int64(-1), budget.NanoUSD(-1)
			if less.Tokens != nil {
				tokens = *less.Tokens
			}
			if less.Cost != nil {
				cost = *less.Cost
			}
			if tokens != tt.wantTokens || cost != tt.wantCost || less.Unlimited() != tt.unlimitedAfter {
				t.Errorf("%v tokens, cost %v", tokens, cost)
			}
		})
	}
}

// TestOfRun: a run's scope goes on over periods, and asking about a run makes it no account.
func TestOfRun(t *testing.T) {
	m := budget.New(budget.Config{Limits: totalLimit(100)})
	ctx := budget.WithScopes(t.Context(), budget.Run("r"))
	must(t, mustReserve(t, m, ctx, call(60, 0)).Settle(ctx, used(60, 0)))
	must(t, m.Reset(ctx))
	must(t, mustReserve(t, m, ctx, call(50, 0)).Settle(ctx, used(50, 0)))
	if got := m.OfRun("r"); got.Settled.Tokens != 110 || total(m).Settled.Tokens != 50 {
		t.Errorf("%+v", got)
	}
	before := len(m.Standing().Scopes)
	if got := m.OfRun("another"); !got.Settled.IsZero() || len(m.Standing().Scopes) != before {
		t.Errorf("%+v, %d scopes were %d", got, len(m.Standing().Scopes), before)
	}
}

package budget_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Debt that an earlier limit made is no room for a later overrun.
func TestAnOldDebtDoesNotHideANewExcess(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	first, second := mustReserve(t, m, ctx, call(50, 0)), mustReserve(t, m, ctx, call(50, 0))
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(40)))
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(100)))
	must(t, first.Settle(ctx, used(70, 0)))
	must(t, second.Settle(ctx, used(50, 0)))
	if got := total(m).Debt; got.Lowered.Tokens != 60 || got.Overrun.Tokens != 20 {
		t.Errorf("%+v", got)
	}
}

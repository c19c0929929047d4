package budget_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestRecoveredUsage: what a dead owner's hold is charged as is no bucket below zero and comes to the hold,
// also where the hold is smaller than its output cap.
func TestRecoveredUsage(t *testing.T) {
	for _, tc := range []struct {
		name      string
		hold, cap int64
		want      budget.Usage
	}{
		{"input and output", 1000, 400, budget.Usage{Input: 600, Output: 400}},
		{"output alone", 400, 400, budget.Usage{Output: 400}},
		{"less than the cap", 359, 967, budget.Usage{Output: 359}},
		{"nothing", 0, 967, budget.Usage{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := new(budget.Memory)
			must(t, l.Append(t.Context(), budget.Entry{
				ID: "a", Op: budget.OpReserve, Time: budgettest.NewBooks("a", 1).Next().Time, Period: 1, Model: "m",
				Scopes: []budget.Scope{budget.Total, budget.Model("m")}, Output: tc.cap, Hold: budget.Amount{Tokens: tc.hold},
			}))
			openManager(t, l, budget.Config{})
			var audit books.Audit
			for _, e := range l.Entries() {
				if err := audit.Add(e); err != nil {
					t.Errorf("%s %s: %v", e.Op, e.ID, err)
				}
				if e.Op == budget.OpSettle && !cmp.Equal(e.Usage, tc.want) {
					t.Errorf("usage %+v, want %+v", e.Usage, tc.want)
				}
			}
			if n := len(audit.Open()); n > 0 {
				t.Errorf("%d open holds", n)
			}
		})
	}
}

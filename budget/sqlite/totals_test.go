package sqlite

import (
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// TestAdjustOverPeriods: a correction that the account of a closed period could not count is refused.
func TestAdjustOverPeriods(t *testing.T) {
	l := openNew(t)
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	most := budget.Outcome{Usage: budget.Usage{Input: 1}, Billed: new(budget.MaxAttemptCost), Reason: "invoice"}
	for _, id := range []string{"a", "b", "c", "d"} { // that an older program wrote
		if err := l.Append(t.Context(), budget.Entry{
			ID: id, Op: budget.OpRecord, Time: time.Now(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("m")}, Model: "m",
			Used: budget.Amount{Tokens: 1, Cost: 1<<60 - 1}, Usage: budget.Usage{Input: 1},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Record(t.Context(), budget.Call{ID: "e", Model: "m"}, budget.Outcome{Usage: most.Usage, Billed: new(budget.NanoUSD(4))}); err != nil {
		t.Fatal(err)
	}
	if err := m.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	of, err := l.Attempt(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Adjust(t.Context(), of, most); err == nil {
		t.Error("a correction beyond counting was booked")
	}
	if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("%+v, %v", v, err)
	}
}

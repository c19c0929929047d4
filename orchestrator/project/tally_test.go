package project

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// TestTally: what is in the books is counted once it is there, and no number of models is without a bound.
func TestTally(t *testing.T) {
	ledger, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	counting := tally(ledger)
	m, err := budget.Open(t.Context(), budget.Config{Ledger: counting})
	if err != nil {
		t.Fatal(err)
	}
	call := func(model string, o *budget.Outcome) {
		r, err := m.Reserve(context.Background(), budget.Call{Model: model, Input: 60, MaxOutput: 40})
		if err != nil {
			t.Fatal(err)
		}
		r.Sent()
		if o == nil {
			err = r.Release(context.Background(), "refused")
		} else {
			err = r.Settle(context.Background(), *o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	call("a", &budget.Outcome{Usage: budget.Usage{Input: 30, Output: 20}})
	call("a", &budget.Outcome{Usage: budget.Usage{Input: 30, Output: 20}, Assumed: true})
	call("b", nil)
	got := counting.now()
	if got.Commits == 0 || got.Waited <= 0 {
		t.Errorf("%d commits took %v", got.Commits, got.Waited)
	}
	got.Commits, got.Waited = 0, 0
	want := Tally{
		Attempts: []Attempts{{"a", "assumed", 1}, {"a", "exact", 1}, {"b", "released", 1}},
		Held:     200, Charged: 100, Assumed: 50, Unpriced: 100,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 2 * maxTallied {
		counting.count(&budget.Entry{Op: budget.OpSettle, Model: fmt.Sprint("m", i)})
	}
	if n := len(counting.now().Attempts); n > maxTallied+4 {
		t.Errorf("%d models are told apart", n)
	}
}

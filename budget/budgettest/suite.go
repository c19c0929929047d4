package budgettest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// TestLedger checks that a ledger does what [budget.Ledger] says. Each call of open returns an empty one and
// closes it when the test ends. Reopen closes a ledger, as far as that means anything, and opens the same
// books again; nil stands for a ledger that cannot be.
func TestLedger(t *testing.T, open func(t *testing.T) Ledger, reopen func(t *testing.T, s Ledger) Ledger) {
	if reopen == nil {
		reopen = func(_ *testing.T, s Ledger) Ledger { return s }
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, *suite)
	}{
		{"empty books", testEmpty},
		{"every field returns as it was", testRoundTrip},
		{"tiers return as they were", testTiers},
		{"an append is all or nothing", testAtomic},
		{"a repeat changes nothing", testRepeat},
		{"an id is used once for an op", testConflict},
		{"what no ledger accepts", testInvalid},
		{"what no sum counts is refused whole", testUncountable},
		{"accounts belong to the period or the run", testAccounts},
		{"open holds, oldest first", testOpen},
		{"assumed, unpriced and overrun are told apart", testMarks},
		{"debts are kept by cause and can be repaid", testDebts},
		{"a reset begins a period", testReset},
		{"without a reset the highest period counts", testPeriodWithoutReset},
		{"an imported period is never the current one", testImported},
		{"results", testResults},
		{"a cancelled context does not stop an append", testCancelled},
		{"random books", testRandom},
		{"64 goroutines", testConcurrent},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &suite{t: t, store: open(t)}
			s.reopen = func() { s.store = reopen(t, s.store) }
			test.run(t, s)
			s.check()
			s.reopen()
			s.check()
		})
	}
}

// suite is one test's ledger.
type suite struct {
	t      *testing.T
	store  Ledger
	reopen func()
}

func (s *suite) append(entries ...budget.Entry) {
	s.t.Helper()
	if err := s.store.Append(context.Background(), entries...); err != nil {
		s.t.Fatalf("Append: %v", err)
	}
}

func (s *suite) load(runs ...string) budget.State {
	s.t.Helper()
	state, err := s.store.Load(context.Background(), runs...)
	if err != nil {
		s.t.Fatalf("Load: %v", err)
	}
	return state
}

func (s *suite) entries() []budget.Entry {
	s.t.Helper()
	entries, err := ReadAll(context.Background(), s.store)
	if err != nil {
		s.t.Fatalf("All: %v", err)
	}
	return entries
}

// check compares what the ledger loads, for every run there is, with its entries.
func (s *suite) check() {
	s.t.Helper()
	entries := s.entries()
	runs := make(map[string]bool)
	for _, e := range entries {
		runs[e.Run()] = true
	}
	state := s.load(keys(runs)...)
	Check(s.t, state, nil, entries)
	for account := range books.Fold(entries) {
		if _, ok := state.Totals[account]; !ok && !account.Scope.Kind.OfPeriod() {
			s.t.Errorf("%v: has entries and no totals", account)
		}
	}
}

// want checks the counters of one account.
func (s *suite) want(state budget.State, a budget.Account, want budget.Counters) {
	s.t.Helper()
	if diff := gocmp.Diff(want, state.Totals[a]); diff != "" {
		s.t.Errorf("%v (-want +got):\n%s", a, diff)
	}
}

func keys(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)

// attempt is an entry of a first period, charged to two labels and to task t1 of run r1.
func attempt(id string, op budget.Op, tokens int64) budget.Entry {
	e := budget.Entry{
		ID: id, Op: op, Time: start, Period: 1, Model: "m",
		Scopes: []budget.Scope{budget.Total, budget.Model("m"), budget.Label("x"), budget.Label("y:z"), budget.Run("r1"), budget.Worker("w"), budget.Task("t1")},
	}
	switch op {
	case budget.OpReserve, budget.OpRelease:
		e.Hold = amount(tokens)
	default:
		e.Used = amount(tokens)
	}
	return e
}

// settle closes the hold e with a usage of tokens.
func settle(e budget.Entry, tokens int64) budget.Entry {
	e.Op, e.Used = budget.OpSettle, amount(tokens)
	return e
}

func amount(tokens int64) budget.Amount {
	return budget.Amount{Tokens: tokens, Cost: budget.NanoUSD(tokens * 1000)}
}

func isConflict(err error) bool { return errors.Is(err, budget.ErrConflict) }

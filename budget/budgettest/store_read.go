package budgettest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

var filters = []books.Filter{
	{},
	{Run: "run-a"},
	{Run: "nothing"},
	{Period: 2},
	{Period: 99},
	{Since: time.Date(2026, 1, 5, 9, 2, 0, 0, time.UTC)},
	{Until: time.Date(2026, 1, 5, 9, 2, 0, 0, time.UTC)},
	{Since: time.Date(2026, 1, 5, 9, 1, 0, 0, time.UTC), Until: time.Date(2026, 1, 5, 9, 2, 0, 0, time.UTC)},
	{Since: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), Until: time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)},
	{Charging: true},
	{Run: "run-b", Period: 1, Charging: true, Since: time.Date(2026, 1, 5, 9, 1, 0, 0, time.UTC)},
}

// testEntries: the database chooses what Match chooses.
func testEntries(t *testing.T, open opener) {
	l := open(t)
	all := NewBooks("a", 1).Take(500)
	if err := l.Append(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	for _, f := range filters {
		var want []budget.Entry
		for _, e := range all {
			if f.Match(e) {
				want = append(want, e)
			}
		}
		got, err := collect(l.Entries(t.Context(), f))
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", f, diff)
		}
	}
}

// testUnconfirmed: attempts that recovery or the leak alarm charged are listed until they are corrected.
func testUnconfirmed(t *testing.T, open opener) {
	l := open(t)
	dead, err := budget.Open(t.Context(), budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range 3 {
		r, err := dead.Reserve(t.Context(), budget.Call{Model: "m", Input: 10, MaxOutput: int64(i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID())
	}
	m, err := budget.Open(t.Context(), budget.Config{Ledger: l})
	if err != nil {
		t.Fatal(err)
	}
	list := func() (list []string) {
		u, err := l.Unconfirmed(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		list = []string{fmt.Sprint(u.Recovered, u.Leaked, u.Others, u.Unpriced, u.Charged.Tokens)}
		for _, e := range u.Newest {
			list = append(list, e.ID)
		}
		return list
	}
	if diff := gocmp.Diff([]string{"3 0 false 3 33", ids[2], ids[1]}, list()); diff != "" {
		t.Error(diff)
	}
	of, err := l.Attempt(t.Context(), ids[2])
	if err != nil || len(of) != 2 {
		t.Fatalf("%v, %v", of, err)
	}
	if _, err := m.Adjust(t.Context(), of, budget.Outcome{Usage: budget.Usage{Input: 3}, Reason: "invoice"}); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{"2 0 false 2 21", ids[1], ids[0]}, list()); diff != "" {
		t.Error(diff)
	}
	aborted, err := m.Reserve(t.Context(), budget.Call{Model: "m", Input: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := aborted.Settle(t.Context(), budget.Outcome{Assumed: true, Reason: "the client went away"}); err != nil {
		t.Fatal(err)
	}
	left, err := m.Reserve(t.Context(), budget.Call{Model: "m", Input: 7})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := budget.Open(t.Context(), budget.Config{Ledger: l, ReturnHolds: true}); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{"3 0 true 3 21", left.ID(), ids[1]}, list()); diff != "" {
		t.Error(diff)
	}
	all, err := l.Assumed(t.Context())
	if err != nil || len(all) != 4 || all[0].ID != left.ID() || all[1].ID != aborted.ID() || all[3].ID != ids[0] {
		t.Errorf("%v, %v", all, err)
	}
	if of, err := l.Attempt(t.Context(), ids[2]); err != nil || len(of) != 4 {
		t.Errorf("%d entries, %v", len(of), err)
	}
	if of, err := l.Attempt(t.Context(), "nothing"); err != nil || len(of) != 0 {
		t.Errorf("%v, %v", of, err)
	}
	checkStore(t, l)
}

// testVerifyFamilies: an entry is charged to its model or to the family of its model, and to no other.
func testVerifyFamilies(t *testing.T, open opener) {
	family := func(model string) string { return strings.TrimSuffix(model, "-2024") }
	for _, tc := range []struct {
		model, scope string
		ok           bool
	}{{"m-2024", "m", true}, {"m-2024", "m-2024", true}, {"m", "m", true}, {"m-2024", "n", false}, {"m", "m-2024", false}} {
		e := charged("a", 10, "r")
		e.Model, e.Scopes = tc.model, []budget.Scope{budget.Total, budget.Model(tc.scope)}
		v, err := books.Verify(t.Context(), filled(t, open, []budget.Entry{e}), books.VerifyOptions{Family: family})
		if err != nil || v.OK() != tc.ok || !tc.ok && !strings.Contains(v.Problems[0].What, "its scope is model:") {
			t.Errorf("%s charged to %s: %+v, %v", tc.model, tc.scope, v, err)
		}
	}
}

// testTotals: the totals of any account, whatever its period and run, are the fold of the entries.
func testTotals(t *testing.T, open opener) {
	l, entries := open(t), NewBooks("a", 1).Take(400)
	if err := l.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	want := books.Fold(entries)
	accounts := slices.Collect(maps.Keys(want))
	got, err := l.Totals(t.Context(), append(accounts, budget.Account{Period: 99, Scope: budget.Total})...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// testLoadWide: it leaves out the accounts of tasks and counts them, and the rest is what Load returns.
func testLoadWide(t *testing.T, open opener) {
	l := open(t)
	if err := l.Append(t.Context(), NewBooks("a", 1).Take(300)...); err != nil {
		t.Fatal(err)
	}
	want, err := l.Load(t.Context(), Runs...)
	if err != nil {
		t.Fatal(err)
	}
	tasks := 0
	for account := range want.Totals {
		if account.Scope.Kind == budget.KindTask {
			delete(want.Totals, account)
			tasks++
		}
	}
	got, counted, err := l.LoadWide(t.Context(), Runs...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, got); diff != "" || counted != tasks || tasks == 0 {
		t.Errorf("%d tasks, want %d (-Load +LoadWide):\n%s", counted, tasks, diff)
	}
}

func collect[T any](all iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range all {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

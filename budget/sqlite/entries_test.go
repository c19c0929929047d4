package sqlite

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
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

// TestEntries: the database chooses what Match chooses.
func TestEntries(t *testing.T) {
	l := openNew(t)
	all := budgettest.NewBooks("a", 1).Take(500)
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

// TestEntriesAreLookedFor: only what asks for everything reads everything.
func TestEntriesAreLookedFor(t *testing.T) {
	l := openNew(t)
	for _, f := range filters {
		where, args := conditions(f)
		plan, err := collect(rows(t.Context(), l, scanPlan, "EXPLAIN QUERY PLAN "+selectEntries+where+" ORDER BY seq", args...))
		if err != nil {
			t.Fatal(err)
		}
		scans := slices.ContainsFunc(plan, func(s string) bool { return strings.HasPrefix(s, "SCAN entries") })
		if everything := f.Run == "" && f.Period == 0 && f.Since.IsZero() && f.Until.IsZero(); scans != everything {
			t.Errorf("%+v: %q", f, plan)
		}
		if slices.ContainsFunc(plan, func(s string) bool { return strings.Contains(s, "TEMP B-TREE") }) {
			t.Errorf("%+v sorts: %q", f, plan)
		}
	}
	for _, text := range []string{sumUnconfirmed, selectUnconfirmed, selectAssumed, findOther, selectAttempt} {
		plan, err := collect(rows(t.Context(), l, scanPlan, "EXPLAIN QUERY PLAN "+text, "a", "b", "c", 1))
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(plan, func(s string) bool { return strings.HasPrefix(s, "SCAN") && !strings.Contains(s, "results") }) {
			t.Errorf("%s: %q", text, plan)
		}
	}
}

func TestPeriods(t *testing.T) {
	l := openNew(t)
	at := func(n int64) time.Time { return time.Unix(n, 0).UTC() }
	entry := func(op budget.Op, period, n int64) budget.Entry {
		return budget.Entry{ID: fmt.Sprint(op, n), Op: op, Period: period, Time: at(n), Scopes: []budget.Scope{budget.Total}}
	}
	if err := l.Append(t.Context(), entry(budget.OpReset, 1, 10), entry(budget.OpRecord, 1, 11), entry(budget.OpReset, 2, 20),
		entry(budget.OpRecord, -1, 5), entry(budget.OpRecord, 1, 25), entry(budget.OpRecord, -2, 3)); err != nil {
		t.Fatal(err)
	}
	got, err := l.Periods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []budget.Period{{ID: -2, Start: at(3)}, {ID: -1, Start: at(5)}, {ID: 1, Start: at(10), End: at(20)}, {ID: 2, Start: at(20)}}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnconfirmed: attempts that recovery or the leak alarm charged are listed until they are corrected.
func TestUnconfirmed(t *testing.T) {
	l := openNew(t)
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
	if _, err := budget.Open(t.Context(), budget.Config{Ledger: l, Recover: budget.ReturnHold}); err != nil {
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
	checkBooks(t, l)
}

func scanPlan(rows *sql.Rows) (detail string, err error) {
	var id, parent, unused int
	err = rows.Scan(&id, &parent, &unused, &detail)
	return detail, err
}

// TestUsageColumns: the figures of a usage have columns of their names, in the order in which they are written and read.
func TestUsageColumns(t *testing.T) {
	var names []string
	for name := range new(budget.Usage).Figures() {
		names = append(names, name)
	}
	if want := strings.Join(append(names, "fees_nano_usd"), ", "); !strings.Contains(entryColumns, want) {
		t.Errorf("no columns %s among %s", want, entryColumns)
	}
}

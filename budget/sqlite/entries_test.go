package sqlite

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

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

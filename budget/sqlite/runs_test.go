package sqlite

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestRuns(t *testing.T) {
	l := openNew(t)
	at := func(s int64) time.Time { return time.Unix(s, 1).UTC() }
	first := books.Run{ID: "r1", TaskFile: "tasks.toml", Digest: "d1", Started: at(10), Status: "running"}
	second := books.Run{ID: "r2", TaskFile: "tasks.toml", Digest: "d2", Started: at(20), Status: "running", Simulated: true}
	begin := func(r books.Run) {
		t.Helper()
		if err := l.BeginRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	end := func(id string, when time.Time, status string) {
		t.Helper()
		if err := l.EndRun(t.Context(), id, when, status); err != nil {
			t.Fatal(err)
		}
	}
	want := func(runs ...books.Run) {
		t.Helper()
		got, err := l.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(runs, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	want()
	begin(first)
	begin(second)
	end("r1", at(30), "deferred")
	first.Ended, first.Status = at(30), "deferred"
	want(second, first)

	resumed := first
	resumed.Started, resumed.Status, resumed.Simulated = at(40), "running", true
	begin(resumed) // a part of it was real
	first.Ended, first.Status = time.Time{}, "running"
	want(second, first)

	if err := l.EndRun(t.Context(), "r3", at(1), "done"); err == nil || !strings.Contains(err.Error(), `"r3" has not begun`) {
		t.Errorf("EndRun of an unknown run: %v", err)
	}
	for _, r := range []books.Run{{Started: at(1)}, {ID: "r"}} {
		if err := l.BeginRun(t.Context(), r); err == nil {
			t.Errorf("BeginRun(%+v) succeeded", r)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, l.path)
	want(second, first)
}

// TestLoadScansNoEntries: opening and loading cost the same however many entries there are.
func TestLoadScansNoEntries(t *testing.T) {
	l := openNew(t)
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(500)...); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		selectPeriod, selectOpen, selectPeriodTotals, selectRunTotals, selectResults,
		selectEntries + "WHERE id = ? AND op = ?",
	} {
		for _, step := range plan(t, l, text) {
			for _, table := range []string{"entries", "totals", "x"} {
				if strings.Contains(step, "SCAN "+table) {
					t.Errorf("%s\n%s", text, step)
				}
			}
		}
	}
}

// plan returns the steps of the query plan of text.
func plan(t *testing.T, l *Ledger, text string) []string {
	t.Helper()
	args := make([]any, strings.Count(text, "?")-strings.Count(text, "?1")+min(1, strings.Count(text, "?1")))
	rows, err := l.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil || len(steps) == 0 {
		t.Fatalf("no plan: %v", err)
	}
	t.Logf("%q", steps)
	return steps
}

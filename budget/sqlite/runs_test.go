package sqlite

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestRuns(t *testing.T) {
	l := openNew(t)
	at := func(s int64) time.Time { return time.Unix(s, 1).UTC() }
	first := Run{ID: "r1", TaskFile: "tasks.toml", Digest: "d1", Started: at(10), Status: "running"}
	second := Run{ID: "r2", TaskFile: "tasks.toml", Digest: "d2", Started: at(20), Status: "running", Simulated: true}
	begin := func(r Run) {
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
	want := func(runs ...Run) {
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
	for _, r := range []Run{{Started: at(1)}, {ID: "r"}} {
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

// TestRunsOrder: the newest run is the one that began last in the books, whatever the clock said; imported ones come
// after them, those of the last import first. Exports have them the other way round.
func TestRunsOrder(t *testing.T) {
	begin := func(l *Ledger, id string, started int64) {
		t.Helper()
		if err := l.BeginRun(t.Context(), Run{ID: id, Started: time.Unix(started, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	first, second, l := openNew(t), openNew(t), openNew(t)
	begin(first, "a", 90)
	begin(first, "b", 80)
	begin(second, "c", 10)
	begin(l, "own-1", 50)
	importText(t, l, export(t, first, ExportOptions{}))
	importText(t, l, export(t, second, ExportOptions{}))
	begin(l, "own-2", 20) // the clock was set back
	order := func(l *Ledger) (ids string) {
		t.Helper()
		runs, err := l.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			ids += r.ID + " "
		}
		return ids
	}
	const want = "own-2 own-1 c b a "
	if got := order(l); got != want {
		t.Errorf("runs %s, want %s", got, want)
	}
	begin(l, "own-1", 99) // resumed: it began when it began
	if got := order(l); got != want {
		t.Errorf("resumed: runs %s, want %s", got, want)
	}
	again := openNew(t)
	importText(t, again, export(t, l, ExportOptions{}))
	if got := order(again); got != want {
		t.Errorf("imported: runs %s, want %s", got, want)
	}
}

func TestResults(t *testing.T) {
	l := openNew(t)
	result := func(id, run, task string, second int64, text string) budget.Entry {
		e := budget.Entry{ID: id, Op: budget.OpResult, Time: time.Unix(second, 0).UTC(), Period: 1,
			Scopes: []budget.Scope{budget.Total, budget.Run(run), budget.Task(task)}, Result: []byte(text)}
		if err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	result("1", "r1", "a", 10, "first try")
	b := result("2", "r1", "b", 30, "b")
	result("3", "r2", "a", 15, "of another run")
	a := result("4", "r1", "a", 40, "second try")
	c := result("5", "r1", "c", 20, "c")
	var got []budget.Entry
	for e, err := range l.Results(t.Context(), "r1") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := gocmp.Diff([]budget.Entry{c, b, a}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for e := range l.Results(t.Context(), "r1") { // stopping early gives the connection back
		if e.ID != c.ID {
			t.Errorf("%s comes first", e.ID)
		}
		break
	}
	for e, err := range l.Results(t.Context(), "unknown") {
		t.Errorf("unknown run: %v %v", e, err)
	}
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

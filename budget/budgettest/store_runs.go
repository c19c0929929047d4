package budgettest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

func testRuns(t *testing.T, open opener) {
	l := open(t)
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
}

// testRunsOrder: the newest run is the one that began last in the books, whatever the clock said; imported ones come
// after them, those of the last import first. Exports have them the other way round.
func testRunsOrder(t *testing.T, open opener) {
	begin := func(l books.Store, id string, started int64) {
		t.Helper()
		if err := l.BeginRun(t.Context(), books.Run{ID: id, Started: time.Unix(started, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	first, second, l := open(t), open(t), open(t)
	begin(first, "a", 90)
	begin(first, "b", 80)
	begin(second, "c", 10)
	begin(l, "own-1", 50)
	importText(t, l, export(t, first, books.ExportOptions{}))
	importText(t, l, export(t, second, books.ExportOptions{}))
	begin(l, "own-2", 20) // the clock was set back
	order := func(l books.Store) (ids string) {
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
	again := open(t)
	importText(t, again, export(t, l, books.ExportOptions{}))
	if got := order(again); got != want {
		t.Errorf("imported: runs %s, want %s", got, want)
	}
}

func testResultsOfARun(t *testing.T, open opener) {
	l := open(t)
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
	for e, err := range l.Results(t.Context(), "r1") { // stopping early gives the connection back
		if e.ID != c.ID || err != nil {
			t.Errorf("%s comes first, %v", e.ID, err)
		}
		break
	}
	for e, err := range l.Results(t.Context(), "unknown") {
		t.Errorf("unknown run: %v %v", e, err)
	}
}

func testPeriods(t *testing.T, open opener) {
	l := open(t)
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

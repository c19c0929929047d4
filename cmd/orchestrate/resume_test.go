package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// TestResultsOfOlderBooksAreKept: what was asked for them is not in the books, so they stay with the ids they have,
// which is said once.
func TestResultsOfOlderBooksAreKept(t *testing.T) {
	t.Parallel()
	e := newEcho(t)
	dir := writeProject(t, providerProject("openai", "gpt-4o-mini", e.URL+"/v1"), manyTasks(3))
	ledger, err := sqlite.Open(t.Context(), filepath.Join(dir, project.StateDir, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	run := books.Run{ID: "20260101-000000-aaaaaa", TaskFile: filepath.Join(dir, "tasks.jsonl"), Started: time.Now(), Status: "ended"}
	if err := ledger.BeginRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	manager, err := budget.Open(t.Context(), budget.Config{Ledger: ledger})
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string][]byte)
	for _, id := range []string{"t1", "t2"} {
		if results[id], err = json.Marshal(orchestrator.Result{ID: id, Run: run.ID, Outcome: orchestrator.Done, Output: "old " + id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := manager.Book(budget.WithScopes(t.Context(), budget.Run(run.ID)), results); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	p := command(t, dir, []string{"FAR_KEY=" + farKey}, "run", "--resume", "--progress", "off")
	want(t, p.run(exitDone), map[string]string{"len": "3", "id=t1.output": "old t1", "id=t2.output": "old t2", "id=t3.output": "<Count to 3.>"})
	if n := strings.Count(p.err.String(), "warning: 2 results kept by id, because the books do not say all that was asked"); n != 1 || e.all() != 1 {
		t.Errorf("%d calls; it says %q", e.all(), p.err.String())
	}
}

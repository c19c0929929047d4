//go:build unix

package main

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// audit compares what a run said with what its books say.
type audit struct {
	t         *testing.T
	path      string
	mu        sync.Mutex
	printed   map[string]string // result lines, by task
	finished  map[string]bool   // tasks that a progress line called done
	open      map[string]bool   // holds that were open at the last check
	entries   int               // at the last check
	recovered int
}

func newAudit(t *testing.T, ledger string) *audit {
	return &audit{t: t, path: ledger, printed: make(map[string]string), finished: make(map[string]bool)}
}

// result notes a result line. A task that is printed twice, by the run that did it and by one that was
// resumed, has the same result.
func (a *audit) result(line []byte, fresh func()) {
	r, err := printedResult(line)
	a.mu.Lock()
	defer a.mu.Unlock()
	earlier, again := a.printed[r.ID]
	switch {
	case err != nil:
		a.t.Errorf("the result line %q: %v", line, err)
	case r.Outcome != orchestrator.Done:
		a.t.Errorf("task %s is %s: %s", r.ID, r.Outcome, r.Reason)
	case again && earlier != string(line):
		a.t.Errorf("task %s has two results:\n%s\n%s", r.ID, earlier, line)
	case !again:
		a.printed[r.ID] = string(line)
		fresh()
	}
}

// progress notes which tasks a line of --progress json calls done. Other lines are log records.
func (a *audit) progress(line []byte) {
	var event struct {
		Event   orchestrator.EventKind
		Task    string
		Outcome orchestrator.Outcome
	}
	if json.Unmarshal(line, &event) != nil || event.Event != orchestrator.Finished || event.Outcome != orchestrator.Done {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.finished[event.Task] = true
}

// begun reports whether the books know the run.
func (a *audit) begun() bool {
	ledger, err := sqlite.OpenReader(a.t.Context(), a.path)
	if err != nil { // not made yet, or half-made
		return false
	}
	defer ledger.Close()
	runs, err := ledger.Runs(a.t.Context())
	return err == nil && len(runs) > 0
}

// check audits the books that a killed process left, before anybody recovers them.
func (a *audit) check(round int) {
	if _, err := os.Stat(a.path); err != nil || !a.begun() {
		if len(a.printed) > 0 {
			a.t.Errorf("round %d: results were printed and there are no books", round)
		}
		return
	}
	ledger, err := sqlite.OpenReader(a.t.Context(), a.path)
	if err != nil {
		a.t.Errorf("round %d: %v", round, err)
		return
	}
	defer ledger.Close()
	entries, err := budgettest.ReadAll(a.t.Context(), ledger)
	if err != nil {
		a.t.Errorf("round %d: %v", round, err)
		return
	}
	runs, err := ledger.Runs(a.t.Context())
	if err != nil || len(runs) != 1 {
		a.t.Fatalf("round %d: %d runs, %v", round, len(runs), err)
	}
	state, err := ledger.Load(a.t.Context(), runs[0].ID)
	if err != nil {
		a.t.Errorf("round %d: %v", round, err)
		return
	}
	budgettest.Check(a.t, state, killLimits, entries)
	a.checkHolds(round, state, entries)
	a.checkTasks(round, entries)
	if a.t.Failed() {
		a.t.Logf("round %d", round)
	}
}

var killLimits = budget.Limits{
	budget.Total: budget.TokenLimit(100_000_000), budget.Task(""): budget.TokenLimit(100_000), budget.Worker(""): budget.TokenLimit(50_000_000),
}

// checkHolds: the holds of a dead process are the first thing that the next one ends.
func (a *audit) checkHolds(round int, state budget.State, entries []budget.Entry) {
	reserved := false
	for _, e := range entries[a.entries:] {
		reserved = reserved || e.Op == budget.OpReserve
		if strings.HasPrefix(e.Reason, "recovered:") {
			a.recovered++
		}
	}
	open := make(map[string]bool)
	for _, e := range state.Open {
		open[e.ID] = true
		if reserved && a.open[e.ID] {
			a.t.Errorf("round %d: hold %s of task %s outlived the process after its own", round, e.ID, e.TaskID())
		}
	}
	a.open, a.entries = open, len(entries)
}

// booked is what the books say about a task.
type booked struct {
	result  *orchestrator.Result // done
	settled int64                // tokens of its attempts, but for those whose process died
}

// checkTasks: what was acknowledged is in the books with the same figures, and a task that is done is never
// attempted again.
func (a *audit) checkTasks(round int, entries []budget.Entry) {
	tasks := make(map[string]*booked)
	for _, e := range entries {
		id := e.TaskID()
		task := tasks[id]
		if task == nil {
			task = &booked{}
			tasks[id] = task
		}
		switch {
		case id == "":
		case task.result != nil:
			a.t.Errorf("round %d: task %s is done, and then there is %s %s", round, id, e.Op, e.ID)
		case e.Op == budget.OpSettle && !strings.HasPrefix(e.Reason, "recovered:"):
			task.settled += e.Used.Tokens
		case e.Op == budget.OpResult:
			r, err := orchestrator.DecodeResult(e.Result)
			if err != nil || r.Outcome != orchestrator.Done {
				a.t.Errorf("round %d: task %s: %s, %v", round, id, r.Outcome, err)
			}
			task.result = &r
		}
	}
	a.compare(round, tasks)
}

func (a *audit) compare(round int, tasks map[string]*booked) {
	for id := range a.finished {
		if task := tasks[id]; task == nil || task.result == nil {
			a.t.Errorf("round %d: task %s was reported as done, and the books have no result", round, id)
		}
	}
	for id, line := range a.printed {
		task := tasks[id]
		if task == nil || task.result == nil {
			a.t.Errorf("round %d: the result of task %s was printed, and the books have none", round, id)
			continue
		}
		if kept, err := json.Marshal(task.result); err != nil || string(kept) != line {
			a.t.Errorf("round %d: task %s\nprinted %s\nbooked  %s (%v)", round, id, line, kept, err)
		}
		if task.result.Tokens != task.settled {
			a.t.Errorf("round %d: task %s: result of %d tokens, settled %d", round, id, task.result.Tokens, task.settled)
		}
	}
}

// checkEnd audits the books of the finished run: all is done, nothing is held.
func (a *audit) checkEnd(tasks int) {
	a.check(-1)
	if len(a.printed) != tasks || len(a.finished) == 0 {
		a.t.Errorf("%d tasks have results, want %d; progress told of %d", len(a.printed), tasks, len(a.finished))
	}
	if len(a.open) != 0 {
		a.t.Errorf("%d holds are open", len(a.open))
	}
	if a.recovered == 0 {
		a.t.Error("no kill left a hold: the test tests nothing")
	}
	if n := recoverBooks(a.t, a.path); n != 0 {
		a.t.Errorf("%d holds are open after an owner came", n)
	}
}

package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A finished task is never paid twice, and a paid one never lost: its last settlement and its result are
// written together. Settlements of earlier calls are written before the next call reserves.
func TestTheLastSettlementAndTheResultAreOneAppend(t *testing.T) {
	w := newWorld(t, total(1000))
	w.hire("a", 1)
	s := tokens(10)
	s.calls = 3
	w.add(worker.Task{ID: "x"}, s)
	w.mustRun()
	var got []string
	for _, batch := range w.ledger.batches {
		line := ""
		for _, e := range batch {
			line += string(e.Op) + " "
		}
		got = append(got, line)
	}
	want := []string{"reset ", "reserve ", "settle ", "reserve ", "settle ", "reserve ", "settle result "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryResultIsInTheBooks(t *testing.T) {
	for _, discard := range []bool{false, true} {
		w := newWorld(t, total(35))
		w.hire("a", 1)
		w.options.DiscardOutputs = discard
		w.add(worker.Task{ID: "done", Priority: 3}, tokens(10))
		w.add(worker.Task{ID: "failed", Priority: 2}, failing(errOther))
		w.add(worker.Task{ID: "skipped", DependsOn: []string{"failed"}}, tokens(10))
		w.add(worker.Task{ID: "deferred"}, tokens(20))
		w.mustRun()
		w.want("done:done failed:failed skipped:skipped deferred:deferred")
		for id, reported := range w.results {
			kept, _, ok := w.ledger.kept(id)
			if discard {
				reported.Omitted, reported.Output = reported.Output != "", ""
			}
			if diff := cmp.Diff(reported, kept); !ok || diff != "" {
				t.Errorf("%s (-reported +kept):\n%s", id, diff)
			}
		}
	}
}

// The disk fails at every write that a run makes, in turn, for once or for good. The run ends by itself with
// the error, what it reported as done is in the books, and a later run on the same books does the rest and
// pays for no finished task again.
func TestAFailingLedgerEndsTheRunAndLosesNothing(t *testing.T) {
	for _, forGood := range []bool{false, true} {
		for at := 1; ; at++ {
			if !failAt(t, at, forGood) {
				break
			}
		}
	}
}

// failAt runs tasks while the at-th write fails, and those after it if forGood. It returns false if the run
// made fewer writes.
func failAt(t *testing.T, at int, forGood bool) (failed bool) {
	t.Helper()
	full := errors.New("disk full")
	w := brokenWorld(t)
	w.broken = true // what it holds then is the next owner's to settle
	writes := 0
	w.ledger.fail = func([]budget.Entry) error {
		if writes++; writes == at || (forGood && writes > at) {
			failed = true
			return full
		}
		return nil
	}
	_, err := w.run(t.Context())
	w.ledger.fail = nil
	if !failed {
		if err != nil || w.outcomes()["t7"] != Done {
			t.Errorf("without a failure: %v, %v", w.outcomes(), err)
		}
		return false
	}
	if !errors.Is(err, full) {
		t.Errorf("write %d: the run returned %v", at, err)
	}
	finished := make(map[string]Result)
	for id, r := range w.results {
		kept, _, ok := w.ledger.kept(id)
		switch {
		case r.Outcome == Done && (!ok || kept.Outcome != Done || kept.Output == ""):
			t.Errorf("write %d: %s was reported as done, and the books say %+v", at, id, kept)
		case r.Outcome == Failed || r.Outcome == Skipped:
			t.Errorf("write %d: %s is %s for the ledger's failure: %s", at, id, r.Outcome, r.Reason)
		}
	}
	for _, task := range w.options.Tasks {
		if kept, _, ok := w.ledger.kept(task.ID); ok && kept.Outcome == Done {
			finished[task.ID] = kept
		}
	}
	resumeOn(t, w, finished, fmt.Sprintf("write %d failed, for good %v", at, forGood))
	return true
}

func brokenWorld(t *testing.T) *world {
	w := newWorld(t, total(10_000))
	w.hire("a", 2)
	for i, id := range ids("t", 8) {
		task := worker.Task{ID: id}
		if i > 1 {
			task.DependsOn = []string{fmt.Sprint("t", i-2)}
		}
		s := tokens(10)
		s.calls = 1 + i%2
		w.add(task, s)
	}
	return w
}

// resumeOn runs the tasks of a broken run to their end, on what is left of its books.
func resumeOn(t *testing.T, earlier *world, finished map[string]Result, when string) {
	t.Helper()
	w := brokenWorld(t)
	w.ledger = earlier.ledger
	config := w.config
	config.Ledger, config.Run = w.ledger, "r"
	manager, err := budget.Open(context.Background(), config)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	w = &world{
		t: t, ledger: earlier.ledger, config: config, manager: manager, workers: make(map[string]*fake),
		specs: w.specs, results: make(map[string]Result),
		resumed: true,
		options: Options{Manager: manager, Run: "r", Tasks: w.options.Tasks, Earlier: slices.Collect(maps.Values(finished)), Logger: config.Logger},
	}
	f := w.hire("a", 2)
	if _, err := w.run(t.Context()); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	for _, task := range w.options.Tasks {
		if _, done := finished[task.ID]; done {
			continue
		}
		if r := w.results[task.ID]; r.Outcome != Done {
			t.Errorf("%s: %s is %s after resuming: %s", when, task.ID, r.Outcome, r.Reason)
		}
	}
	for _, id := range f.begun {
		if _, done := finished[id]; done {
			t.Errorf("%s: %s was paid twice", when, id)
		}
	}
}

// What an earlier part of a run was told not to keep is not an empty output, whatever is kept now.
func TestAnOmittedOutputIsNoEmptyOne(t *testing.T) {
	kept, err := DecodeResult(Result{ID: "x", Outcome: Done, Output: "text"}.encode(false))
	if err != nil || !kept.Omitted || kept.Output != "" {
		t.Fatal(kept, err)
	}
	w := newWorld(t, total(100))
	w.hire("a", 1)
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "y", DependsOn: []string{"x"}, Prompt: `{{ output "x" }}`}, tokens(10))
	w.options.Earlier = []Result{kept}
	if got := w.mustRun()["y"]; got != Failed {
		t.Errorf("y is %s with a hole in its prompt", got)
	}
}

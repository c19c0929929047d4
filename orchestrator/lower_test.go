package orchestrator

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// lowering is a run whose caps come from history: three tasks put out 100 tokens each under a cap of 1,000, so that at most
// 300 or so are expected of the fourth, for which the rest of the budget is too small at its declared cap.
func lowering(t *testing.T, limit, output int64) *world {
	w := newWorld(t, total(limit))
	w.options.OutputCap = CapHistory
	w.hire("a", 1)
	for i := range 3 {
		w.add(worker.Task{ID: fmt.Sprint("t", i), Priority: 3}, spec{input: 10, most: 1000, output: 100})
	}
	w.add(worker.Task{ID: "x"}, spec{input: 10, most: 1000, output: output})
	return w
}

func TestACapIsLoweredToWhatFits(t *testing.T) {
	w := lowering(t, 1300, 100) // 970 are left
	w.mustRun()
	w.want("t0:done t1:done t2:done x:done")
	if r := w.results["x"]; r.Recut != 0 || r.Tokens != 110 || r.Estimate >= 1010 {
		t.Errorf("%+v", r)
	}
}

func TestDeclaredCapsAreHeldUnlessHistoryIsAskedFor(t *testing.T) {
	w := lowering(t, 1300, 100)
	w.options.OutputCap = CapDeclared
	w.mustRun()
	w.want("t0:done t1:done t2:done x:deferred")
}

// What is cut is asked again at the declared cap once that fits, when y has given back what it held; both tries are paid
// for, and said.
func TestACutAnswerIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := lowering(t, 2500, 900)
		w.options.Workers[0].Concurrency = 2
		w.add(worker.Task{ID: "y", Priority: 5, DependsOn: []string{"t0", "t1", "t2"}}, spec{input: 10, most: 1690, output: 50, takes: time.Minute})
		w.options.Tasks[3].DependsOn = []string{"t0", "t1", "t2"}
		w.mustRun()
		r := w.results["x"]
		if r.Outcome != Done || r.Finish == wire.FinishLength || r.Attempts != 2 || r.Recut == 0 || r.Tokens != r.Recut+910 {
			t.Errorf("%+v", r)
		}
	})
}

// Where the declared cap does not fit any more, the task is deferred, and what was paid for is kept.
func TestACutAnswerIsNotLost(t *testing.T) {
	w := lowering(t, 1420, 900)
	w.add(worker.Task{ID: "z", System: "of another group", Priority: 5, DependsOn: []string{"t0", "t1", "t2"}}, spec{input: 10, most: 600, output: 600})
	w.options.Tasks[3].DependsOn = []string{"z"}
	w.mustRun()
	r := w.results["x"]
	if r.Outcome != Deferred || r.Output == "" || r.Finish != wire.FinishLength || r.Tokens == 0 || r.Recut != r.Tokens {
		t.Errorf("%+v", r)
	}
	if kept, _, _ := w.ledger.kept("x"); kept.Output != r.Output || kept.Outcome != Deferred {
		t.Errorf("in the books: %+v", kept)
	}
}

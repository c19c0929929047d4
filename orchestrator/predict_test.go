package orchestrator

import (
	"math"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Whatever books say that others may have written, what is expected is a number of tokens that sums can bear.
func TestExpectationsAreBounded(t *testing.T) {
	task := worker.Task{ID: "x"}
	h := make(History)
	for _, used := range []int64{0, math.MaxInt64, 0, 1 << 62} {
		h.Add(Result{Outcome: Done, Group: GroupOf(task, "a"), Usage: budget.Usage{Output: used}, Further: math.MaxInt64})
	}
	p := newPredictor(h)
	g := p.group(keyOf(&task, "a"))
	if got := p.output(g, 0); got < 0 || got > maxExpected {
		t.Errorf("expects %d tokens", got)
	}
	if got := p.output(g, 100); got < 0 || got > 100 {
		t.Errorf("expects %d tokens under a cap of 100", got)
	}
	if got := p.extra(g); got < 0 || got > maxExpected {
		t.Errorf("expects %d tokens of further calls", got)
	}
	if got, ok := p.ceiling(g); !ok || got < 0 || got > maxExpected {
		t.Errorf("ceiling %d, %v", got, ok)
	}
}

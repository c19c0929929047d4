package orchestrator

import (
	"context"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// estimate is what a worker expects of a task's first call; not ok if it cannot tell.
type estimate struct {
	crew    *crew
	call    budget.Call
	ok      bool
	refused int   // 1 + how many tasks had ended when the budget refused the call there
	never   error // why the budget refused it for good
	known   int64 // of the budget's changes when it did: after another the refusal says nothing

	barred *verdict // how the task ends if no other worker takes it, once the worker's provider refused it
}

// estimate is what the task's first call asks of the budget at this worker; ok is false if it cannot tell.
func (c *crew) estimate(ctx context.Context, t worker.Task) (call budget.Call, ok bool) {
	e, can := c.Worker.(worker.Estimator)
	if !can {
		return budget.Call{}, false
	}
	if t, err := t.Loaded(); err == nil {
		call, err = e.Estimate(ctx, c.given(t))
		return call, err == nil
	}
	return call, false
}

// at is what is known of n at c. The estimate is remembered: counting a prompt again at every event would
// cost more than the calls. The result is good until the next call.
func (n *node) at(ctx context.Context, c *crew) *estimate {
	i := slices.IndexFunc(n.estimates, func(e estimate) bool { return e.crew == c })
	if i < 0 {
		i = len(n.estimates)
		call, ok := c.estimate(ctx, *n.task)
		n.estimates = append(n.estimates, estimate{crew: c, call: call, ok: ok})
	}
	return &n.estimates[i]
}

// note remembers how the budget refused the call (nil if it did not) when so many tasks had ended, and so many changes of the
// budget were known.
func (e *estimate) note(refusal error, ended int, known int64) {
	switch {
	case refusal == nil:
	case prospectOf(refusal) == paysLater:
		e.refused = ended + 1
	default:
		e.never, e.known = refusal, known
	}
}

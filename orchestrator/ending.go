package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// outcome is the result of a task that did not run. One that was still to begin last stays so: else the tasks that meet a
// 403 would take turns, and no others ever begin.
func (r *run) outcome(n *node, o Outcome, reason string) Result {
	result := Result{
		Forbidden: (n.forbidden || n.last) && (o == Deferred || o == Cancelled),
		ID:        n.task.ID, Run: r.Run, Outcome: o, Reason: reason, Worker: n.task.Worker, Model: n.task.Model,
		Cost: new(Cost), Ended: time.Now().UTC(), Remaining: r.Manager.Total().Remaining,
		Metadata: n.task.Metadata, Columns: n.task.Columns,
	}
	if n.recut != nil {
		result.again(n.recut)
	}
	return result
}

// report passes a result on.
func (r *run) report(result Result) {
	if result.Started.IsZero() {
		r.unbegun[result.ID] = result.encode(false)
	}
	r.hand(result)
	r.emit(Event{Kind: Finished, Task: result.ID, Worker: result.Worker, Reason: result.Reason, Result: &result})
}

// hand gives a result to whoever writes results.
func (r *run) hand(result Result) {
	if r.OnResult == nil || r.fatal != nil {
		return
	}
	if err := r.OnResult(result); err != nil {
		r.fatal, r.draining = fmt.Errorf("write the result of task %s: %w", result.ID, err), true
	}
}

// closeRest gives every task that is left its result: the run was stopped before they began.
func (r *run) closeRest() {
	for _, n := range r.nodes {
		if n.result != nil || n.left {
			continue
		}
		if n.fate != nil {
			r.end(n, *n.fate)
			continue
		}
		o, reason := Cancelled, "the run was interrupted"
		switch {
		case r.fatal != nil:
			o, reason = Deferred, "the run had to stop: "+r.fatal.Error()
		case r.timeUp && !r.interrupted:
			o, reason = Deferred, fmt.Sprintf("time: the run may take %v", r.MaxRunTime)
		}
		r.finish(n, r.outcome(n, o, reason))
	}
}

func (r *run) summary() Summary {
	own := budget.WithScopes(context.Background(), budget.Run(r.Run))
	s := Summary{
		Run: r.Run, Counts: r.counts, Cut: r.cut, Total: len(r.nodes), Resumed: r.resumed,
		Causes: r.causes.list(), Interrupted: r.interrupted, Short: r.lack(r.Manager.Remaining(own, "")),
		Started: r.started.UTC(), Ended: time.Now().UTC(),
	}
	for _, n := range r.nodes {
		if n.left && n.result == nil {
			s.Left++
		}
	}
	providers := make(map[string]bool)
	for _, c := range r.crews {
		name := c.provider()
		switch {
		case c.halted == "":
		case c.noModel:
			s.NoModel = append(s.NoModel, c.Name)
		case !slices.Contains(s.Unavailable, name):
			s.Unavailable = append(s.Unavailable, name)
		}
		providers[name] = true
	}
	s.Providers = len(providers)
	return s
}

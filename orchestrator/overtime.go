package orchestrator

import (
	"errors"
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A run may end by the clock (MaxRunTime), and a task's turn may (Task.Deadline): what has begun by then goes on to its
// end, what has not is deferred. Why it is says "time".

// clockUp is the channel that is closed, or sent to, when the run's time is up; nil where it has no end.
func (r *run) clockUp() (up <-chan time.Time, stop func()) {
	if r.MaxRunTime <= 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(r.started.Add(r.MaxRunTime)))
	return timer.C, func() { timer.Stop() }
}

// late is how n ends because its time is up, nil while it is not.
func (r *run) late(n *node) *fate {
	if n.task.Deadline == "" {
		return nil
	}
	at, err := worker.ParseDeadline(n.task.Deadline, r.started, r.zone())
	if err != nil {
		panic("orchestrator: " + err.Error()) // newRun has checked it
	}
	if time.Now().Before(at) {
		return nil
	}
	return &fate{outcome: Deferred, reason: fmt.Sprintf("time: its deadline, %s, has passed", n.task.Deadline)}
}

func (r *run) zone() *time.Location {
	if r.Zone == nil {
		return time.Local
	}
	return r.Zone
}

// limitCalls bounds the calls of a task that begins, beside those that earlier parts of the run made for it.
func (r *run) limitCalls(n *node, tab *budget.Tab) {
	if r.MaxCalls > 0 {
		tab.Limit(max(1, r.MaxCalls-r.madeBefore(n)))
	}
}

// spentCalls is how n ends because it has made all its calls, nil while it has not.
func (r *run) spentCalls(n *node) *fate {
	if made := r.madeBefore(n); r.MaxCalls > 0 && made >= r.MaxCalls {
		return &fate{outcome: Exhausted, reason: (&budget.CallsError{Most: r.MaxCalls}).Error()}
	}
	return nil
}

// madeBefore is how many calls of n earlier parts of the run, and its first try in this one, have been charged for.
func (r *run) madeBefore(n *node) (made int) {
	if n.recut != nil {
		made += n.recut.Attempts
	}
	if a := r.earlier.newest[n.task.ID]; a != nil && a.Tokens > 0 { // else its requests were refused, and cost nothing
		made += a.Attempts
	}
	return made
}

// isCalls reports whether a refusal says that a task has made all its calls.
func isCalls(err error) bool {
	var calls *budget.CallsError
	return errors.As(err, &calls)
}

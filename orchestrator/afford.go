package orchestrator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// prospect is when the budget can pay for a task's first call at a worker, soonest first.
type prospect int

const (
	paysNow   prospect = iota // as far as is known
	paysLater                 // once others give back what they hold, or were promised
	paysAnew                  // from a fuller budget: in a new period, after a reset, under a higher limit
	paysNever                 // not even from a full one
)

// errPromised is why a task is held back although the budget could pay for it: others are about to take it.
var errPromised = errors.New("promised to others")

// errKept is why a planned task is held back although the budget could pay for it: others that are planned could not be
// held afterwards.
var errKept = errors.New("kept for others")

// errRefused is why a task is held back that the budget refused: nothing has returned since.
var errRefused = errors.New("refused just now")

// prospectOf reads why the budget would not pay, nil if it would.
func prospectOf(err error) prospect {
	var exceeded *budget.ExceededError
	switch {
	case err == nil:
		return paysNow
	case errors.Is(err, errKept), errors.Is(err, errPromised), errors.Is(err, errRefused):
		return paysLater
	case !errors.As(err, &exceeded):
		return paysNever
	case !exceeded.Final():
		return paysLater
	}
	whole := *exceeded
	whole.Settled, whole.Held = budget.Amount{}, budget.Amount{}
	if whole.Final() {
		return paysNever
	}
	return paysAnew
}

// judgement is what the budget says of a task's first call at a worker.
type judgement struct {
	call  budget.Call // upstream outputs that are not in the prompt yet counted at what is expected of them
	known bool        // the worker could tell what it asks for; else only an attempt will tell more
	err   error       // why it cannot be paid for now, nil if it can; see [prospectOf]

	lowered bool // the output cap of call is lower than it was declared
}

// judge asks the budget about n at c, for the run and for the plan alike. It takes nothing.
func (r *run) judge(ctx context.Context, n *node, c *crew) (j judgement) {
	r.steady(func() { j = r.judgeOnce(ctx, n, c) })
	return j
}

// steady looks again until no task that has begun was granted its first hold meanwhile: what is promised to it and what it
// holds must not both be counted, or neither. Such tasks only become fewer.
func (r *run) steady(look func()) {
	for before := r.pending(); ; {
		look()
		after := r.pending()
		if after == before {
			return
		}
		before = after
	}
}

// pending is how many tasks have begun and hold nothing yet.
func (r *run) pending() (n int) {
	for _, tab := range r.active {
		if !tab.Begun() {
			n++
		}
	}
	return n
}

func (r *run) judgeOnce(ctx context.Context, n *node, c *crew) judgement {
	e := n.at(ctx, c)
	j := judgement{call: e.call, known: e.ok}
	if !n.expanded {
		j.call.Input += n.likely
	}
	switch {
	case e.never != nil && e.known == r.Manager.Changes():
		j.err = e.never
	case e.refused > r.ended:
		j.err = errRefused
	case !e.ok:
	default:
		j.err = r.payable(ctx, n, c, j.call)
		if least := r.lowest(n); j.err != nil && least < j.call.MinOutput {
			j.call, j.err = r.lower(ctx, n, c, j.call, least)
			j.lowered = true
		}
		if j.err == nil && n.planned && !r.pressed && (!r.plan.lets(n) || r.clamps(ctx, n, c, j.call) && r.plan.crowds(n)) {
			j.err = errKept
		}
	}
	return j
}

// clamps reports whether a call of n at c that can be paid for would be granted all that is left, and less than it asks for.
func (r *run) clamps(ctx context.Context, n *node, c *crew, call budget.Call) bool {
	return call.MinOutput < call.MaxOutput && !r.Manager.Remaining(charged(ctx, n.task, c.Name), call.Model).Covers(r.Manager.Most(call))
}

// payable is why a call of n at c cannot be paid for now, nil if it can.
func (r *run) payable(ctx context.Context, n *node, c *crew, call budget.Call) error {
	if err := r.Manager.Check(charged(ctx, n.task, c.Name), call); err != nil {
		return err
	}
	if !r.spare(ctx, n, call) {
		return errPromised
	}
	return nil
}

// spare reports whether the budgets that tasks share, that of all and those of n's labels, can pay for n beside what was
// promised to tasks that have begun: whatever output cap n is granted, theirs must be left. ctx has the run's scope.
func (r *run) spare(ctx context.Context, n *node, call budget.Call) bool {
	if r.soft {
		return true
	}
	most := r.Manager.Most(call)
	fits := func(ctx context.Context, others budget.Amount) bool {
		return others.IsZero() || r.Manager.Remaining(ctx, "").Covers(others.Add(most))
	}
	if !fits(ctx, r.promised("")) {
		return false
	}
	for _, label := range n.task.Labels {
		own := budget.WithScopes(ctx, budget.Label(label))
		if !fits(own, r.promised(label)) {
			return false
		}
	}
	return true
}

// promised is what tasks that were just begun are about to reserve, those that carry label if it is not "": without it
// a burst of dispatches would find the same headroom several times.
func (r *run) promised(label string) budget.Amount {
	var sum budget.Amount
	for n, tab := range r.active {
		if !tab.Begun() && (label == "" || slices.Contains(n.task.Labels, label)) {
			sum = sum.Add(n.promise)
		}
	}
	return sum
}

// refusal is the fate of a task that the budget refused for good. What no fuller budget could pay for
// (no price, no bound) is the task's failure.
func refusal(err error) fate {
	f := fate{outcome: Failed, reason: err.Error(), until: notBefore(err)}
	var exceeded *budget.ExceededError
	switch {
	case errors.As(err, &exceeded) && exceeded.Scope.Kind == budget.KindTask, isCalls(err):
		f.outcome = Exhausted
	case exceeded != nil || errors.Is(err, budget.ErrStopped):
		if f.outcome = Deferred; exceeded != nil {
			f.lacks = exceeded.Scope
		}
	}
	return f
}

// notBefore is when a refusal ends by itself, because a new period begins; nil if only somebody can end it.
func notBefore(err error) *time.Time {
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Until.IsZero() {
		return nil
	}
	return &exceeded.Until
}

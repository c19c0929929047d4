package orchestrator

import (
	"context"
	"log/slog"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// OnDeferred says what becomes of a run when only tasks are left that the budget cannot pay for.
type OnDeferred string

// What a run does then.
const (
	EndDeferred  OnDeferred = "end"  // they are deferred, and it ends; the default
	WaitDeferred OnDeferred = "wait" // it stays open for a raised limit, a reset or the next period
)

// budgetLook is how often a run that waits looks whether a limit was raised.
const budgetLook = time.Second

// postponed are tasks that the budget cannot pay for. Their fate is theirs when the run ends; as long as it does not, more
// budget may come.
type postponed struct {
	tasks []*node
	left  map[purse]budget.Limit // what was left, holds apart, when that was last looked at
	until time.Time              // when the next period begins, zero if none does
	look  *time.Ticker           // nil while there is none
}

// purse names what tasks are paid from: the budget of all, that of a label, a worker, or a model.
type purse struct {
	scope budget.Scope
	model string
}

// close ends n, or postpones it where all that it lacks is budget.
func (r *run) close(ctx context.Context, n *node, f fate) {
	if f.lacks != (budget.Scope{}) && !r.draining {
		r.postpone(ctx, n, f)
		return
	}
	r.end(n, f)
}

// postpone keeps a task, and all that depend on it, until there is more budget.
func (r *run) postpone(ctx context.Context, n *node, f fate) {
	p := &r.postponed
	r.withdraw(n)
	n.fate = &f
	p.tasks = append(p.tasks, n)
	if f.until != nil && (p.until.IsZero() || f.until.Before(p.until)) {
		p.until = *f.until
	}
	if p.look == nil {
		p.look = time.NewTicker(budgetLook)
		p.left = r.attainable(ctx)
	}
}

// attainable is what each purse would have if every hold returned.
func (r *run) attainable(ctx context.Context) map[purse]budget.Limit {
	left := make(map[purse]budget.Limit)
	for p := range r.pools.each {
		left[purse{p.scope, p.model}] = r.Manager.Attainable(p.context(ctx), p.model)
	}
	for _, c := range r.crews {
		own := budget.Worker(c.Name)
		left[purse{own, ""}] = r.Manager.Attainable(budget.WithScopes(ctx, own), "")
	}
	return left
}

// looks is the channel on which a run that waits is told to look for more budget.
func (r *run) looks() <-chan time.Time {
	if r.postponed.look == nil {
		return nil
	}
	return r.postponed.look.C
}

// waitsForBudget tells, once, that nothing is left to do but to wait, and reports whether the run does.
func (r *run) waitsForBudget() bool {
	p := &r.postponed
	if len(p.tasks) == 0 || r.draining || r.OnDeferred != WaitDeferred {
		return false
	}
	if !r.waiting {
		r.waiting = true
		r.log.Info("waiting for budget", slog.Int("tasks", len(p.tasks)), slog.Time("next_period", p.until), slog.String("why", p.tasks[0].fate.reason))
		r.emit(Event{Kind: Waiting, Reason: p.tasks[0].fate.reason})
	}
	return true
}

// reconsider queues the postponed tasks again if there is more budget than a moment ago, or a new period.
func (r *run) reconsider(ctx context.Context) {
	p := &r.postponed
	more := !p.until.IsZero() && !time.Now().Before(p.until)
	before := p.left
	p.left = r.attainable(ctx)
	for of, left := range p.left {
		more = more || grew(before[of], left)
	}
	if !more {
		return
	}
	p.look.Stop()
	tasks := p.tasks
	r.postponed, r.waiting = postponed{}, false
	for _, n := range tasks {
		n.fate = nil
		for i := range n.estimates {
			n.estimates[i].never, n.estimates[i].refused = nil, 0
		}
		r.requeue(n)
	}
}

// grew reports whether a limit lets more be spent than another, in tokens or in money.
func grew(before, after budget.Limit) bool {
	return before.Tokens != nil && (after.Tokens == nil || *after.Tokens > *before.Tokens) ||
		before.Cost != nil && (after.Cost == nil || *after.Cost > *before.Cost)
}

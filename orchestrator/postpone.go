package orchestrator

import (
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
	since int64        // of the budget's changes, those that were known when it was first asked about one of them
	until time.Time    // when the next period begins, zero if none does
	look  *time.Ticker // nil while there is none
}

// close ends n, or postpones it where all that it lacks is budget.
func (r *run) close(n *node, f fate) {
	if f.lacks != (budget.Scope{}) && !r.draining {
		r.postpone(n, f)
		return
	}
	r.end(n, f)
}

// postpone keeps a task, and all that depend on it, until there is more budget.
func (r *run) postpone(n *node, f fate) {
	p := &r.postponed
	r.withdraw(n)
	n.fate = &f
	p.tasks = append(p.tasks, n)
	if f.until != nil && (p.until.IsZero() || f.until.Before(p.until)) {
		p.until = *f.until
	}
	if p.look == nil {
		p.look = time.NewTicker(budgetLook)
		p.since = r.known
	}
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

// reconsider queues the postponed tasks again if there may be more budget than when they were.
func (r *run) reconsider() {
	p := &r.postponed
	more := !p.until.IsZero() && !time.Now().Before(p.until)
	if !more && r.Manager.Changes() == p.since {
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

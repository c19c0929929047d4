package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// ErrEnded says that a run has ended, and can be neither asked nor told anything.
var ErrEnded = errors.New("the run has ended")

// Control is how other goroutines look into a run and hold it: [Options.Control]. The run's loop answers between two of
// its events, so that what is seen is the state at one moment. All methods wait for it, or for the end of their context. It is
// safe for concurrent use.
type Control struct {
	questions chan func(context.Context, *run)
	ended     chan struct{}
}

// NewControl returns the control of a run that is to come.
func NewControl() *Control {
	return &Control{questions: make(chan func(context.Context, *run)), ended: make(chan struct{})}
}

// asks is the channel of questions; nil where nobody may ask.
func (c *Control) asks() <-chan func(context.Context, *run) {
	if c == nil {
		return nil
	}
	return c.questions
}

// end refuses questions from now on.
func (c *Control) end() {
	if c != nil {
		close(c.ended)
	}
}

// ask lets the loop answer.
func (c *Control) ask(ctx context.Context, answer func(context.Context, *run)) error {
	answered := make(chan struct{})
	select {
	case c.questions <- func(own context.Context, r *run) { defer close(answered); answer(own, r) }:
		<-answered
		return nil
	case <-c.ended:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Suspend lets the run begin no more tasks until [Control.Continue]; those that run go on to their end. It may be asked for again.
func (c *Control) Suspend(ctx context.Context, reason string) error {
	return c.ask(ctx, func(_ context.Context, r *run) {
		if !r.suspended {
			r.suspended = true
			r.log.Info("run suspended", slog.String("reason", reason))
			r.emit(Event{Kind: Suspended, Reason: reason})
		}
	})
}

// Continue ends what [Control.Suspend] began.
func (c *Control) Continue(ctx context.Context, reason string) error {
	return c.ask(ctx, func(_ context.Context, r *run) {
		if r.suspended {
			r.suspended = false
			r.log.Info("run continued", slog.String("reason", reason))
			r.emit(Event{Kind: Continued, Reason: reason})
		}
	})
}

// Rerank tells the run that limits have changed: it looks at once whether tasks that wait for budget can go on, and draws
// its plan anew.
func (c *Control) Rerank(ctx context.Context) error {
	return c.ask(ctx, func(own context.Context, r *run) {
		for _, n := range r.order {
			for i := range n.estimates {
				n.estimates[i].refused = 0
			}
		}
		r.plan.news, r.plan.starved = r.plan.news+1, true
		if r.postponed.look != nil {
			r.reconsider(own)
		}
	})
}

// Moment is the state of a run at one.
type Moment struct {
	Progress
	Tasks  []Running // the tasks that run, the oldest first
	Causes []Cause   // why tasks are not done, the most frequent first

	// Planned tasks have not begun, and the budget is expected to pay for them; it is not for Short ones, which are
	// deferred unless more comes before the run ends. What they are expected to be charged stands beside.
	Planned, Short int
	Rest, Lacking  budget.Amount
}

// Running is a task that runs.
type Running struct {
	ID     string
	Worker string
	Since  time.Time
}

// Moment returns the state of the run now.
func (c *Control) Moment(ctx context.Context) (m Moment, err error) {
	err = c.ask(ctx, func(_ context.Context, r *run) { m = r.moment() })
	return m, err
}

func (r *run) moment() Moment {
	m := Moment{Progress: r.progress(), Causes: r.causes.list()}
	for n := range r.active {
		m.Tasks = append(m.Tasks, Running{n.task.ID, n.crew.Name, n.begun})
	}
	slices.SortFunc(m.Tasks, func(a, b Running) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	for _, n := range r.plan.rest {
		switch {
		case n.result != nil:
		case n.fate != nil || n.open() && !n.planned:
			m.Short++
			m.Lacking = m.Lacking.Add(n.expected)
		case n.open():
			m.Planned++
			m.Rest = m.Rest.Add(n.expected)
		}
	}
	return m
}

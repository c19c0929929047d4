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
	questions chan func(*run)
	ended     chan struct{}
}

// NewControl returns the control of a run that is to come.
func NewControl() *Control {
	return &Control{questions: make(chan func(*run)), ended: make(chan struct{})}
}

// asks is the channel of questions; nil where nobody may ask.
func (c *Control) asks() <-chan func(*run) {
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
func (c *Control) ask(ctx context.Context, answer func(*run)) error {
	answered := make(chan struct{})
	select {
	case c.questions <- func(r *run) { defer close(answered); answer(r) }:
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
	return c.ask(ctx, func(r *run) {
		if !r.suspended {
			r.suspended, r.why = true, reason
			r.log.Info("run suspended", slog.String("reason", reason))
			r.emit(Event{Kind: Suspended, Reason: reason})
		}
	})
}

// Continue ends what [Control.Suspend] began.
func (c *Control) Continue(ctx context.Context, reason string) error {
	return c.ask(ctx, func(r *run) {
		if r.suspended {
			r.suspended, r.why = false, ""
			r.log.Info("run continued", slog.String("reason", reason))
			r.emit(Event{Kind: Continued, Reason: reason})
		}
	})
}

// Rerank tells the run that limits have changed: it looks at once whether tasks that wait for budget can go on, and draws
// its plan anew.
func (c *Control) Rerank(ctx context.Context) error {
	return c.ask(ctx, func(r *run) {
		for _, n := range r.order {
			for i := range n.estimates {
				n.estimates[i].refused = 0
			}
		}
		r.plan.news, r.plan.starved = r.plan.news+1, true
		if r.postponed.look != nil {
			r.reconsider()
		}
	})
}

// Moment is the state of a run at one.
type Moment struct {
	Progress
	Tasks  []TaskState // those that run, the oldest first
	Causes []Cause     // why tasks are not done, the most frequent first

	// Planned tasks have not begun, and the budget is expected to pay for them; it is not for Short ones, which are
	// deferred unless more comes before the run ends. What they are expected to be charged stands beside.
	Planned, Short int
	Rest, Lacking  budget.Amount
}

// TaskState is a task in a run at one moment.
type TaskState struct {
	ID       string     `json:"id"`
	State    string     `json:"state"` // "waiting", "running" or, of one that has ended, its [Outcome]
	Worker   string     `json:"worker,omitempty"`
	Model    string     `json:"model,omitempty"`
	Priority int        `json:"priority"`        // its own, or that of the most urgent task that needs it
	Begun    *time.Time `json:"begun,omitempty"` // of one that runs, or has run
	Ended    *time.Time `json:"ended,omitempty"`
	Expected int64      `json:"expected,omitempty"` // tokens that it is expected to be charged
	Tokens   int64      `json:"tokens,omitempty"`   // charged, of one that has ended
	Cost     *Cost      `json:"cost_nano_usd,omitempty"`
	Reason   string     `json:"reason,omitempty"` // why it is not done, or why it waits
}

// The states of tasks that have not ended.
const (
	StateWaiting = "waiting"
	StateRunning = "running"
)

// Moment returns the state of the run now.
func (c *Control) Moment(ctx context.Context) (m Moment, err error) {
	err = c.ask(ctx, func(r *run) { m = r.moment() })
	return m, err
}

func (r *run) moment() Moment {
	m := Moment{Progress: r.progress(), Causes: r.causes.list()}
	for n := range r.active {
		m.Tasks = append(m.Tasks, r.stateOf(n))
	}
	slices.SortFunc(m.Tasks, func(a, b TaskState) int { return cmp.Or(a.Begun.Compare(*b.Begun), cmp.Compare(a.ID, b.ID)) })
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

// Tasks returns limit of the tasks in a state, all for "", from one on, in the order of the task file, and how many there are.
func (c *Control) Tasks(ctx context.Context, state string, from, limit int) (list []TaskState, total int, err error) {
	err = c.ask(ctx, func(r *run) {
		for _, n := range r.nodes {
			if n.left && n.result == nil || state != "" && r.stateName(n) != state {
				continue
			}
			if total >= from && len(list) < limit {
				list = append(list, r.stateOf(n))
			}
			total++
		}
	})
	return list, total, err
}

func (r *run) stateName(n *node) string {
	switch _, running := r.active[n]; {
	case n.result != nil:
		return string(n.result.Outcome)
	case running:
		return StateRunning
	}
	return StateWaiting
}

func (r *run) stateOf(n *node) TaskState {
	s := TaskState{ID: n.task.ID, State: r.stateName(n), Worker: n.task.Worker, Model: n.first.Model, Priority: n.priority, Expected: n.expected.Tokens}
	switch {
	case n.result != nil:
		s.Worker, s.Tokens, s.Cost, s.Reason = cmp.Or(n.result.Worker, s.Worker), n.result.Tokens, n.result.Cost, n.result.Reason
		s.Model, s.Ended = cmp.Or(n.result.Model, s.Model), new(n.result.Ended)
		if !n.result.Started.IsZero() {
			s.Begun = new(n.result.Started)
		}
	case s.State == StateRunning:
		s.Worker, s.Begun = n.crew.Name, new(n.begun)
	case n.fate != nil:
		s.Reason = n.fate.reason
	}
	return s
}

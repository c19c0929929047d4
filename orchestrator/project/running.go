package project

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Running is a run or a proxy while it goes on, for those who watch it and change its mind. It is safe for concurrent use.
type Running struct {
	Project *Project
	Run     string
	Tasks   int // 0 of a proxy
	Started time.Time

	ledger  *sqlite.Ledger
	tally   *tallied
	manager *budget.Manager
	control *orchestrator.Control       // nil of a proxy
	valve   *valve                      // of a proxy, nil of a run without one
	onHold  func(shut bool, why string) // is told of a proxy alone; may be nil
	tasks   []worker.Task
	spent   map[budget.Scope]budget.Amount // in earlier periods, by a run with a period of its own

	changing sync.Mutex
	now      *config.Config // what the limits in force were read from
}

// Who is who changes something, and why, for the books and the log.
type Who struct {
	Name   string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// String is "ana: enough for tonight".
func (w Who) String() string { return strings.TrimSuffix(strings.TrimSpace(w.Name+": "+w.Reason), ":") }

// Serves reports whether it is a proxy, which has no tasks.
func (r *Running) Serves() bool { return r.control == nil }

// Status is what stands at this moment on all scopes but those of tasks.
func (r *Running) Status() Status {
	return Status{
		Standing: books.Standing{Standing: r.manager.Overview(), Run: r.Run},
		Owner:    &sqlite.Owner{PID: os.Getpid(), Run: r.Run, Since: r.Started},
	}
}

// Tally is what was written into the books since the process began.
func (r *Running) Tally() Tally { return r.tally.now() }

// Listens notes in the books at which socket it can be asked and told, "" for none any more.
func (r *Running) Listens(socket string) error { return r.ledger.SetControl(socket) }

// Moment is the state of the tasks.
func (r *Running) Moment(ctx context.Context) (orchestrator.Moment, error) {
	if r.Serves() {
		p := orchestrator.Progress{Budget: r.manager.Total(), Started: r.Started}
		p.Suspended, p.Why = r.valve.state()
		return orchestrator.Moment{Progress: p}, nil
	}
	return r.control.Moment(ctx)
}

// List returns some of the tasks; see [orchestrator.Control.Tasks].
func (r *Running) List(ctx context.Context, state string, from, limit int) ([]orchestrator.TaskState, int, error) {
	if r.Serves() {
		return nil, 0, nil
	}
	return r.control.Tasks(ctx, state, from, limit)
}

// Suspend lets no more tasks begin, and no more calls of a proxy's clients, until [Running.Continue]. What has begun goes on to
// its end.
func (r *Running) Suspend(ctx context.Context, who Who) error { return r.hold(ctx, true, who.String()) }

// Continue lets tasks and calls begin again.
func (r *Running) Continue(ctx context.Context, who Who) error {
	return r.hold(ctx, false, who.String())
}

func (r *Running) hold(ctx context.Context, shut bool, why string) error {
	if r.valve != nil && r.valve.set(shut, why) && r.onHold != nil {
		r.onHold(shut, why)
	}
	switch {
	case r.control == nil:
		return nil
	case shut:
		return r.control.Suspend(ctx, why)
	}
	return r.control.Continue(ctx, why)
}

// LimitsSet is what a change of limits came to.
type LimitsSet struct {
	Changes []config.Change
	Debts   []Excess // what stands above the new limits, and did not above the old ones

	// NotWritten is why the configuration's file does not say so; the limits are in force all the same.
	NotWritten error
}

// running is b while it goes on.
func (b *begun) running(control *orchestrator.Control) *Running {
	r := &Running{
		Project: b.Project, Run: b.run.ID, Tasks: len(b.tasks), Started: time.Now(),
		ledger: b.ledger, tally: b.tally, manager: b.manager, control: control, tasks: b.tasks, spent: b.spent, now: b.Config,
	}
	if b.proxy != nil {
		r.valve = &b.proxy.valve
	}
	return r
}

// tell calls whoever wants to watch r, and returns how that ends.
func tell(r *Running, watch func(*Running) (func(), error)) (ended func(), err error) {
	if watch == nil {
		return func() {}, nil
	}
	return watch(r)
}

// SetLimits changes limits, as KEY=VALUE, in force at once and in the configuration's file. Keys that are no limits of a
// scope are refused: they take effect when the next run begins. On an error some of the limits may have changed: those that
// the books say.
func (r *Running) SetLimits(ctx context.Context, pairs []string, who Who) (LimitsSet, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	edit, err := r.Project.files().EditBudget(pairs)
	if err != nil {
		return LimitsSet{}, usage(err)
	}
	for _, c := range edit.Changes {
		if !c.Live() {
			return LimitsSet{}, usagef("%s takes effect when the next run begins, and cannot change in one that goes on: set it without --now", c.Key)
		}
	}
	before := r.lowered()
	ctx = budget.WithReason(ctx, who.String())
	for scope, limit := range r.changed(edit.Config) {
		if err := r.manager.SetLimit(ctx, scope, limit); err != nil {
			return LimitsSet{}, fmt.Errorf("limit of %v: %w", scope, err)
		}
	}
	r.now = edit.Config
	set := LimitsSet{Changes: edit.Changes, NotWritten: edit.Write()}
	for _, s := range r.manager.Standing().Scopes {
		if debt := s.Debt.Lowered.Sub(before[scopeOf(s)]).Max(budget.Amount{}); !debt.IsZero() {
			set.Debts = append(set.Debts, Excess{s, debt})
		}
	}
	if r.control == nil {
		return set, nil
	}
	if err := r.control.Rerank(ctx); err != nil && ctx.Err() == nil {
		return set, err
	}
	return set, nil
}

// changed are the limits that c has otherwise than what is in force.
func (r *Running) changed(c *config.Config) budget.Limits {
	before, after := r.now.LimitsFor(r.tasks), c.LimitsFor(r.tasks)
	changed := make(budget.Limits)
	for scope := range before {
		if _, there := after[scope]; !there {
			changed[scope] = budget.Limit{}
		}
	}
	for scope, limit := range after {
		if old, there := before[scope]; !there || !old.Equal(limit) {
			changed[scope] = limit.Less(r.spent[scope])
		}
	}
	return changed
}

// account names what a status is of.
type account struct {
	run   string
	scope budget.Scope
}

func scopeOf(s budget.Status) account { return account{s.Run, s.Scope} }

// lowered is the debt of each scope because a limit was lowered.
func (r *Running) lowered() map[account]budget.Amount {
	debts := make(map[account]budget.Amount)
	for _, s := range r.manager.Standing().Scopes {
		debts[scopeOf(s)] = s.Debt.Lowered
	}
	return debts
}

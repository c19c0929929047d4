package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// run is the state of a run. One goroutine owns it: the loop. Tasks run in goroutines of their own, touch
// nothing of it, and report through completions.
type run struct {
	Options
	log   *slog.Logger
	crews []*crew
	nodes []*node
	ready ready
	floor floor

	outputs     map[string]string // of tasks that are done and that others depend on
	completions chan completion
	group       errgroup.Group
	running     int
	ended       int                   // tasks that have run to their end
	soft        bool                  // the budget admits everything
	active      map[*node]*budget.Tab // of running tasks
	draining    bool
	interrupted bool
	fatal       error
	started     time.Time
	counts      map[Outcome]int
	cut         int // of the tasks that are done
	earlier     *earlier
	resumed     int
	unbegun     map[string][]byte // results of tasks that never ran, not in the books yet
	standings   map[string]*standing
	aside       []*node // ready, but more is to be known of their provider first
	paused      []wire.Pause
	causes      causes
	restore     func() // takes the tasks' own limits back
}

// taskLimits are the limits that tasks bring along.
func taskLimits(tasks []worker.Task) budget.Limits {
	limits := make(budget.Limits)
	for _, t := range tasks {
		if !t.Limit.Unlimited() {
			limits[budget.Task(t.ID)] = t.Limit
		}
	}
	return limits
}

// newRun prepares a run. The caller calls restore when the run is over.
func newRun(ctx context.Context, o Options) (*run, error) {
	if o.Manager == nil || o.Run == "" {
		return nil, errors.New("orchestrator: Options need a Manager and the id of a Run (see NewRunID)")
	}
	if err := CheckTasks(o.Tasks, nil); err != nil {
		return nil, err
	}
	crews, err := newCrews(o.Workers)
	if err != nil {
		return nil, err
	}
	r := &run{
		Options: o, log: o.Logger, crews: crews, ready: make(ready), outputs: make(map[string]string),
		counts: make(map[Outcome]int), started: time.Now(), active: make(map[*node]*budget.Tab), unbegun: make(map[string][]byte),
		standings: make(map[string]*standing), causes: make(causes),
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	slots := 0
	for _, c := range crews {
		slots += c.Concurrency
	}
	for _, t := range o.Tasks {
		if !slices.ContainsFunc(crews, func(c *crew) bool { return c.takes(laneOf(t, crews)) }) {
			return nil, fmt.Errorf("orchestrator: task %s asks for worker %q, which is not registered", t.ID, t.Worker)
		}
	}
	if r.restore, err = o.Manager.Narrow(ctx, o.Run, taskLimits(o.Tasks)); err != nil {
		if r.restore != nil {
			r.restore()
		}
		return nil, fmt.Errorf("orchestrator: the tasks' own limits: %w", err)
	}
	r.soft = o.Manager.Report().Mode == budget.Soft
	r.completions = make(chan completion, slots)
	whole := o.Manager.Attainable(budget.WithScopes(context.Background(), budget.Run(o.Run)), "") // what all tasks share
	r.nodes = graph(o.Tasks, appraisal{first: func(t worker.Task) budget.Call { return r.estimate(ctx, t) }, most: o.Manager.Most, whole: whole})
	for _, n := range r.nodes {
		n.lane, n.last = laneOf(n.task, crews), o.Last[n.task.ID]
	}
	r.floor = newFloor(r.nodes, whole)
	r.earlier = newEarlier(o)
	return r, nil
}

// estimate is what the task's first call asks of the budget at the first worker that can tell.
func (r *run) estimate(ctx context.Context, t worker.Task) budget.Call {
	lane := laneOf(t, r.crews)
	for _, c := range r.crews {
		if c.takes(lane) {
			if call, ok := c.estimate(ctx, t); ok {
				return call
			}
		}
	}
	return budget.Call{}
}

// loop runs until every task has a result.
func (r *run) loop(ctx context.Context) {
	r.takeUp(ctx)
	for {
		r.heed(ctx)
		if !r.draining {
			r.dispatch(ctx)
		}
		if r.running == 0 {
			if !r.recallIdle() || r.draining {
				break
			}
			continue
		}
		select {
		case c := <-r.completions:
			r.complete(ctx, c)
		case <-r.Drain:
		case <-r.heedGates():
		}
	}
	r.closeRest()
	_ = r.group.Wait() // every goroutine has reported; this sees them out
	if err := r.Manager.Book(ctx, r.unbegun); err != nil && r.fatal == nil {
		r.fatal = err
	}
}

// heed looks for reasons to begin no more tasks.
func (r *run) heed(ctx context.Context) {
	select {
	case <-r.Drain:
		r.Drain, r.draining, r.interrupted = nil, true, true
		r.emit(Event{Kind: Draining})
	default:
	}
	if ctx.Err() != nil {
		r.draining, r.interrupted = true, true
	}
	if err := r.Manager.Err(); err != nil && r.fatal == nil {
		r.fatal, r.draining = err, true
	}
}

// start hands n to a free slot of c. With first [budget.Refuse], n makes room for others if the budget has
// none for its first call after all.
func (r *run) start(ctx context.Context, n *node, c *crew, first budget.OnFull) {
	if !c.slots.TryAcquire(1) {
		panic("orchestrator: a task was dispatched to a worker without a free slot")
	}
	c.running++
	r.running++
	r.floor.leave(n)
	n.promise = r.Manager.Most(n.at(ctx, c).call)
	r.emit(Event{Kind: Started, Task: n.task.ID, Worker: c.Name})
	ctx = budget.WithScopes(ctx, budget.Worker(c.Name), budget.Task(n.task.ID))
	ctx, tab := r.Manager.Tab(ctx, first)
	r.active[n] = tab
	r.group.Go(func() error {
		r.completions <- r.work(ctx, n, c, tab, first)
		return nil
	})
}

// complete takes in what a task's goroutine reports.
func (r *run) complete(ctx context.Context, c completion) {
	c.crew.slots.Release(1)
	c.crew.running--
	r.running--
	delete(r.active, c.node)
	if c.err != nil && r.fatal == nil {
		r.fatal, r.draining = c.err, true
	}
	r.learn(ctx, c)
	if c.again {
		c.node.attempts += c.attempts
		c.node.at(ctx, c.crew).note(c.refused, r.ended)
		r.floor.enter(c.node)
		r.ready.push(c.node)
		return
	}
	r.ended++
	r.finish(c.node, c.result)
}

// finish gives n its result, and its dependents what follows from it.
func (r *run) finish(n *node, result Result) {
	type end struct {
		node   *node
		result Result
	}
	for todo := []end{{n, result}}; len(todo) > 0; {
		e := todo[0]
		todo = todo[1:]
		if e.node.result != nil {
			continue
		}
		r.floor.leave(e.node)
		e.node.result = &e.result
		r.counts[e.result.Outcome]++
		r.causes.add(e.result)
		if e.result.Cut() {
			r.cut++
		}
		r.report(e.result)
		if e.result.Outcome == Done {
			r.offer(e.node, e.result)
		}
		e.result = e.result.WithoutOutput() // what nobody depends on need not stay in memory
		for _, d := range e.node.dependents {
			if e.result.Outcome != Done {
				todo = append(todo, end{d, r.outcome(d, inherited(e.result.Outcome), inheritedReason(e.result))})
				continue
			}
			if d.waits--; d.waits == 0 && d.result == nil {
				r.ready.push(d)
			}
		}
	}
}

// inherited is the outcome of a task that depends on one with this outcome.
func inherited(o Outcome) Outcome {
	if o == Failed || o == Exhausted {
		return Skipped
	}
	return o
}

func inheritedReason(upstream Result) string {
	return fmt.Sprintf("depends on %s, which is %s", upstream.ID, upstream.Outcome)
}

// outcome is the result of a task that did not run. One that was still to begin last stays so: else the tasks that meet a
// 403 would take turns, and no others ever begin.
func (r *run) outcome(n *node, o Outcome, reason string) Result {
	return Result{
		Forbidden: (n.forbidden || n.last) && (o == Deferred || o == Cancelled),
		ID:        n.task.ID, Run: r.Run, Outcome: o, Reason: reason, Worker: n.task.Worker, Model: n.task.Model,
		Cost: new(Cost), Ended: time.Now().UTC(), Remaining: r.Manager.Total().Remaining,
	}
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
		if n.result != nil {
			continue
		}
		o, reason := Cancelled, "the run was interrupted"
		if r.fatal != nil {
			o, reason = Deferred, "the run had to stop: "+r.fatal.Error()
		}
		r.finish(n, r.outcome(n, o, reason))
	}
}

func (r *run) summary() Summary {
	s := Summary{
		Run: r.Run, Counts: r.counts, Cut: r.cut, Total: len(r.nodes), Resumed: r.resumed,
		Causes: r.causes.list(), Interrupted: r.interrupted, Started: r.started.UTC(), Ended: time.Now().UTC(),
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

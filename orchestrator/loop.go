package orchestrator

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// run is the state of a run. One goroutine owns it: the loop. Tasks run in goroutines of their own, touch
// nothing of it, and report through completions.
type run struct {
	Options
	log      *slog.Logger
	crews    []*crew
	nodes    []*node
	order    []*node // each after those it depends on
	ready    ready
	folded   []*node         // tasks that stand for others, which can be known now
	restated []Result        // of tasks that were unfolded, and could not be in an earlier part of the run
	ids      map[string]bool // of all tasks, once some are unfolded
	fences   fences
	pools    pools
	plan     plan
	walks    int // through the graph so far

	predictor *predictor

	outputs     map[string]string // of tasks that are done and that others depend on
	completions chan completion
	group       errgroup.Group
	running     int
	ended       int                   // tasks that have run to their end
	soft        bool                  // the budget admits everything
	pressed     bool                  // nothing runs: what is planned need not wait for one another
	active      map[*node]*budget.Tab // of running tasks
	names       names
	draining    bool
	timeUp      bool
	suspended   bool   // no task is begun until somebody says so
	why         string // somebody did, and who
	attempts    int    // of the tasks that have run to their end
	waiting     bool   // for more budget: there is nothing else to do
	known       int64  // changes of the budget, when tasks were last asked about
	postponed   postponed
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

// loop runs until every task has a result. Each pass heeds signals, dispatches what can begin, and waits for a task's end,
// a drain or a gate.
//
//	  the loop                                       │  a goroutine a task
//	                                                 │
//	takeUp                                           │
//	  ▼       dispatch                               │
//	ready ──────pop──▶ consider ──────▶ start ───────┼──▶ work: slot, tab, Worker.Work
//	  ▲                   │                          │       │
//	  ├── cannot pay now ─┤                          │       │
//	  ├── recall ── aside ┤                          │       │
//	  │                   ▼                          │       ▼
//	  ├── unlock ────── finish ◀──── complete ◀──────┼── completions
//	  │                                 │            │
//	  └── again: nothing was begun ─────┘            │
//
// A task that is aside waits until more is known of its provider.
func (r *run) loop(ctx context.Context) {
	r.takeUp(ctx)
	clock, stop := r.clockUp()
	defer stop()
	aborted := ctx.Done()
	for {
		r.heed(ctx)
		if !r.draining && !r.suspended {
			r.dispatch(ctx)
		}
		if r.running == 0 && (r.draining || !r.suspended) {
			recalled := r.recallIdle()
			if r.draining || !recalled && !r.waitsForBudget() {
				break
			}
			if recalled {
				continue
			}
		}
		select {
		case c := <-r.completions:
			r.complete(ctx, c)
		case <-r.looks():
			r.reconsider()
		case <-clock:
			r.timeUp, r.draining = true, true
			r.emit(Event{Kind: Draining, Reason: "the run's time is up"})
		case asked := <-r.Control.asks():
			asked(r)
		case <-aborted:
			aborted = nil // heed sees it
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

// start hands n to a free slot of the worker that was decided on. With first [budget.Refuse], n makes room for others if
// the budget has none for its first call after all.
func (r *run) start(ctx context.Context, n *node, v verdict, first budget.OnFull) {
	c := v.crew
	if !c.slots.TryAcquire(1) {
		panic("orchestrator: a task was dispatched to a worker without a free slot")
	}
	c.running++
	r.running++
	n.fence.enter()
	r.pools.leave(n)
	r.plan.begin(n)
	n.group = r.predictor.group(keyOf(new(c.given(*n.task)), c.Name))
	n.promise, n.lowered = r.promiseOf(n.at(ctx, c).call, v.lowered), v.lowered
	r.emit(Event{Kind: Started, Task: n.task.ID, Worker: c.Name})
	ctx = charged(ctx, n.task, c.Name)
	ctx, tab := r.Manager.Tab(ctx, first)
	r.limitCalls(n, tab)
	r.active[n], n.crew, n.begun, n.known = tab, c, time.Now(), r.known
	if !n.since.IsZero() {
		n.heldBack = n.begun.Sub(n.since)
	}
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
	c.node.fence.leave()
	delete(r.active, c.node)
	r.plan.end(c.node, c.sum.Used)
	if c.err != nil && r.fatal == nil {
		r.fatal, r.draining = c.err, true
	}
	r.learn(ctx, c)
	if c.recut {
		c.node.recut = &c.result
		r.requeue(c.node)
		return
	}
	if c.again {
		c.node.attempts += c.attempts
		c.node.at(ctx, c.crew).note(c.refused, r.ended, c.node.known)
		r.requeue(c.node)
		return
	}
	r.ended++
	r.attempts += c.result.Attempts
	r.observe(c)
	c.node.lacked = c.ofAll()
	r.finish(c.node, c.result)
}

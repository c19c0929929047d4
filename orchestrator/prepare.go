package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// ownLimits are the limits that the run and its tasks bring along.
func (o *Options) ownLimits() budget.Limits {
	limits := make(budget.Limits)
	if !o.Limit.Unlimited() {
		limits[budget.Run(o.Run)] = o.Limit
	}
	for _, t := range o.Tasks {
		if !t.Limit.Unlimited() {
			limits[budget.Task(t.ID)] = t.Limit
		}
	}
	return limits
}

// newRun prepares a run. The caller calls restore when the run is over.
func newRun(ctx context.Context, o Options) (*run, error) {
	if o.Manager == nil {
		return nil, errors.New("orchestrator: Options need a Manager")
	}
	o.Run, o.Policy = cmp.Or(o.Run, NewRunID()), cmp.Or(o.Policy, ByValue)
	if err := tasks.Check(o.Tasks, nil); err != nil {
		return nil, err
	}
	crews, err := newCrews(o.Workers)
	if err != nil {
		return nil, err
	}
	r := &run{
		Options: o, log: o.Logger, crews: crews, ready: make(ready), outputs: make(map[string]string),
		counts: make(map[Outcome]int), started: time.Now(), active: make(map[*node]*budget.Tab), unbegun: make(map[string][]byte),
		standings: make(map[string]*standing), causes: make(causes), fences: make(fences), predictor: newPredictor(o.History),
	}
	if r.log == nil {
		r.log = slog.Default()
	}
	slots := 0
	for _, c := range crews {
		slots += c.Concurrency
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.restore, err = o.Manager.Narrow(ctx, o.Run, o.ownLimits()); err != nil {
		if r.restore != nil {
			r.restore()
		}
		return nil, fmt.Errorf("orchestrator: the limits of the run and its tasks: %w", err)
	}
	r.soft = o.Manager.Standing().Mode == budget.Soft
	r.completions = make(chan completion, slots)
	r.nodes, r.order = graph(o.Tasks, r.appraisal(ctx), r.fences)
	for _, n := range r.nodes {
		r.assign(n)
	}
	r.pools = newPools(r.nodes)
	r.takePart()
	r.earlier = newEarlier(o)
	return r, nil
}

// appraisal says what tasks mean to the budget of the run.
func (r *run) appraisal(ctx context.Context) appraisal {
	return appraisal{
		first: func(t worker.Task) budget.Call { return r.estimate(ctx, t) }, most: r.Manager.Most,
		worth: func(t worker.Task) float64 { return worker.Worth(t, r.Worth) },
	}
}

// assign works out who may take n, and which tasks are like it.
func (r *run) assign(n *node) {
	n.lane, n.last, n.seq = laneOf(*n.task, r.crews), r.Last[n.task.ID], -1
	at := r.crews[slices.IndexFunc(r.crews, func(c *crew) bool { return c.takes(n.lane) })]
	n.group = r.predictor.group(keyOf(new(at.given(*n.task)), at.Name))
}

// check finds what no task file with these workers would have.
func (r *run) check() error {
	for i := range r.Tasks {
		if err := r.checkTask(&r.Tasks[i]); err != nil {
			return fmt.Errorf("orchestrator: %w", err)
		}
	}
	return nil
}

func (r *run) checkTask(t *worker.Task) error {
	lane := laneOf(*t, r.crews)
	if !slices.ContainsFunc(r.crews, func(c *crew) bool { return c.takes(lane) }) {
		return fmt.Errorf("task %s asks for worker %q, which is not registered", t.ID, t.Worker)
	}
	if t.Deadline == "" {
		return nil
	}
	if _, err := worker.ParseDeadline(t.Deadline, r.started, r.zone()); err != nil {
		return fmt.Errorf("task %s: %w", t.ID, err)
	}
	return nil
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

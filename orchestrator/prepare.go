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
	if o.Manager == nil {
		return nil, errors.New("orchestrator: Options need a Manager")
	}
	o.Run = cmp.Or(o.Run, NewRunID())
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
	r.soft = o.Manager.Standing().Mode == budget.Soft
	r.completions = make(chan completion, slots)
	whole := o.Manager.Attainable(budget.WithScopes(context.Background(), budget.Run(o.Run)), "") // what all tasks share
	r.nodes = graph(o.Tasks, appraisal{first: func(t worker.Task) budget.Call { return r.estimate(ctx, t) }, most: o.Manager.Most, whole: whole})
	for _, n := range r.nodes {
		n.lane, n.last = laneOf(n.task, crews), o.Last[n.task.ID]
	}
	r.floor = newFloor(r.nodes, whole)
	for label, nodes := range byLabel(r.nodes) {
		own := budget.WithScopes(context.Background(), budget.Run(o.Run), budget.Label(label))
		r.floor.label(label, nodes, o.Manager.Attainable(own, ""))
	}
	r.earlier = newEarlier(o)
	return r, nil
}

// byLabel returns the tasks that carry each label.
func byLabel(nodes []*node) map[string][]*node {
	carry := make(map[string][]*node)
	for _, n := range nodes {
		for _, label := range n.task.Labels {
			carry[label] = append(carry[label], n)
		}
	}
	return carry
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

package orchestrator

import (
	"context"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// pool is a budget that tasks share: that of all, that of a label, or that of a model.
type pool struct {
	scope budget.Scope  // the zero scope for that of all
	model string        // of a model's, else ""
	rest  budget.Amount // the most that those which have not begun can take
}

// pools are the budgets that the tasks of a run share. What each task that has not begun may take at most is counted in
// all of its own: as long as a pool can pay that, no choice has to be made.
type pools struct {
	all    *pool
	labels map[string]*pool
	models map[string]*pool
}

func newPools(nodes []*node) pools {
	ps := pools{all: &pool{}, labels: make(map[string]*pool), models: make(map[string]*pool)}
	for _, n := range nodes {
		ps.admit(n)
	}
	return ps
}

// admit counts a task, whose pools there may not have been before.
func (ps pools) admit(n *node) {
	for _, label := range n.task.Labels {
		if ps.labels[label] == nil {
			ps.labels[label] = &pool{scope: budget.Label(label)}
		}
	}
	if model := n.first.Model; ps.models[model] == nil && model != "" {
		ps.models[model] = &pool{model: model}
	}
	ps.enter(n)
}

// each yields all pools.
func (ps pools) each(yield func(*pool) bool) {
	if !yield(ps.all) {
		return
	}
	for _, of := range []map[string]*pool{ps.labels, ps.models} {
		for _, p := range of {
			if !yield(p) {
				return
			}
		}
	}
}

// of yields the pools of one task.
func (ps pools) of(n *node) func(yield func(*pool) bool) {
	return func(yield func(*pool) bool) {
		if !yield(ps.all) {
			return
		}
		for _, label := range n.task.Labels {
			if p := ps.labels[label]; p != nil && !yield(p) {
				return
			}
		}
		if p := ps.models[n.first.Model]; p != nil {
			yield(p)
		}
	}
}

// has reports whether a task is to be paid from the pool.
func (p *pool) has(n *node) bool {
	switch {
	case p.model != "":
		return n.first.Model == p.model
	case p.scope != budget.Scope{}:
		return slices.Contains(n.task.Labels, p.scope.Name)
	}
	return true
}

// context is one whose calls the pool pays for; ctx has the run's scope.
func (p *pool) context(ctx context.Context) context.Context {
	if p.scope == (budget.Scope{}) {
		return ctx
	}
	return budget.WithScopes(ctx, p.scope)
}

// enter counts a task that has not begun.
func (ps pools) enter(n *node) {
	if n.inPools {
		return
	}
	n.inPools, n.counted = true, n.most
	for p := range ps.of(n) {
		p.rest = p.rest.Add(n.counted)
	}
}

// leave counts it no more.
func (ps pools) leave(n *node) {
	if !n.inPools {
		return
	}
	n.inPools = false
	for p := range ps.of(n) {
		p.rest = p.rest.Sub(n.counted)
	}
}

package orchestrator

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A task with [worker.Task.Foreach] stands for others, which are known once what it depends on is done. They take its place in
// the graph then; whoever depends on it waits for them all.
//
//	outline ──▶ draft ──▶ book    becomes    outline ──▶ draft-1 ──┬──▶ book
//	                                                 └─▶ draft-2 ──┘

// maxUnfolded bounds the dependencies that one unfolding adds, as the reader of a task file bounds those of groups.
const maxUnfolded = 4_000_000

// release readies a task that waits for nothing any more.
func (r *run) release(n *node) {
	if n.task.Foreach != nil {
		r.folded = append(r.folded, n)
		return
	}
	r.ready.push(n)
}

// unfoldAll lets the tasks stand for others no longer whose outputs are there. One of which nothing comes is done if the list is
// empty, and has failed if it is none.
func (r *run) unfoldAll(ctx context.Context) {
	defer r.restate()
	for len(r.folded) > 0 {
		n := r.folded[0]
		r.folded = r.folded[1:]
		made, err := r.unfold(ctx, n)
		switch {
		case err != nil:
			r.close(n, fate{outcome: Failed, reason: err.Error()})
			continue
		case len(made) == 0:
			r.finish(n, r.outcome(n, Done, fmt.Sprintf("there is nothing in the output of %s", n.task.Foreach.Of)))
			continue
		}
		r.emit(Event{Kind: Unfolded, Task: n.task.ID, Reason: fmt.Sprintf("the output of %s lists %d", n.task.Foreach.Of, len(made))})
		for _, m := range made {
			m.undecided = !r.earlier.empty()
			if !m.left {
				r.release(m)
			}
		}
	}
}

// restate passes on what became of tasks that an earlier part of the run could not unfold.
func (r *run) restate() {
	for _, result := range r.restated {
		r.unbegun[result.ID] = result.encode(false)
		r.hand(result)
	}
	r.restated = nil
}

// unfold puts the tasks that n stands for into its place. What n depends on is done, so they wait for nothing.
func (r *run) unfold(ctx context.Context, n *node) ([]*node, error) {
	list, err := r.unfolded(n)
	if err != nil {
		return nil, err
	}
	if err := r.narrow(ctx, list); err != nil {
		return nil, err
	}
	made := make([]*node, len(list))
	a := r.appraisal(ctx)
	for i := range list {
		made[i] = newNode(&list[i], a, r.fences)
		r.assign(made[i])
		r.takePlace(made[i], n, a)
	}
	r.withdraw(n)
	for _, d := range n.dependents {
		r.regather(d, n, made, a)
	}
	if len(made) == 0 {
		return nil, nil
	}
	at := slices.Index(r.order, n)
	r.order = slices.Replace(r.order, at, at+1, made...)
	r.nodes = slices.Replace(r.nodes, n.index, n.index+1, made...)
	for i := n.index; i < len(r.nodes); i++ {
		r.nodes[i].index = i
	}
	for _, m := range made {
		if !m.left {
			r.pools.admit(m)
		}
	}
	for _, m := range made {
		r.ids[m.task.ID] = true
	}
	if before := r.earlier.newest[n.task.ID]; before != nil && before.Outcome != Done { // it is not what is left of n
		r.restated = append(r.restated, r.outcome(n, Done, fmt.Sprintf("stands for %d tasks", len(made))))
	}
	r.plan.rest = nil // it is drawn anew
	return made, nil
}

// unfolded are the tasks that n stands for, checked.
func (r *run) unfolded(n *node) ([]worker.Task, error) {
	of := n.task.Foreach
	output, ok := r.output(of.Of)
	if !ok {
		return nil, fmt.Errorf("task %q has no output", of.Of)
	}
	list, err := of.Tasks(output)
	if err != nil {
		return nil, err
	}
	if len(n.dependents)*len(list) > maxUnfolded {
		return nil, fmt.Errorf("%d tasks would depend on each of %d: the most is %d dependencies", len(n.dependents), len(list), maxUnfolded)
	}
	if r.ids == nil {
		r.ids = make(map[string]bool, len(r.nodes))
		for _, other := range r.nodes {
			r.ids[other.task.ID] = true
		}
	}
	all := slices.Clone(list)
	for _, up := range n.upstream {
		all = append(all, worker.Task{ID: up.task.ID})
	}
	for i := range list {
		t := &list[i]
		if r.ids[t.ID] {
			return nil, fmt.Errorf("%q is the id of another task as well", t.ID)
		}
		if t.Foreach != nil {
			return nil, fmt.Errorf("task %s would stand for others, too", t.ID)
		}
		t.DependsOn, t.Gathers = spelled(t.DependsOn, n.task.Gathers)
		all[i] = *t
		if err := r.checkTask(t); err != nil {
			return nil, err
		}
	}
	return list, tasks.Check(all, nil)
}

// spelled are dependencies with the tasks of groups in their place, and those groups.
func spelled(depends []string, groups map[string][]string) (ids []string, gathers map[string][]string) {
	for _, id := range depends {
		group, isGroup := groups[id]
		if !isGroup {
			ids = append(ids, id)
			continue
		}
		if gathers == nil {
			gathers = make(map[string][]string)
		}
		gathers[id], ids = group, append(ids, group...)
	}
	return ids, gathers
}

// narrow puts the limits in force that tasks bring along.
func (r *run) narrow(ctx context.Context, list []worker.Task) error {
	limits := make(budget.Limits)
	for _, t := range list {
		if !t.Limit.Unlimited() {
			limits[budget.Task(t.ID)] = t.Limit
		}
	}
	if len(limits) == 0 {
		return nil
	}
	restore, err := r.Manager.Narrow(ctx, r.Run, limits)
	if before := r.restore; restore != nil {
		r.restore = func() { restore(); before() }
	}
	return err
}

// takePlace links m, one of those that n stands for.
func (r *run) takePlace(m, n *node, a appraisal) {
	m.index, m.priority, m.dependents = n.index, max(m.priority, n.priority), slices.Clone(n.dependents)
	byID := make(map[string]*node, len(n.upstream))
	for _, up := range n.upstream {
		byID[up.task.ID] = up
	}
	for _, id := range m.task.DependsOn {
		m.upstream = append(m.upstream, byID[id])
	}
	m.insert(a.most)
	needed := slices.ContainsFunc(n.dependents, func(d *node) bool { return !d.left })
	m.left = r.Only != nil && !needed && !r.Only[n.task.ID] && !r.Only[m.task.ID]
}

// regather lets d depend on what n stands for.
func (r *run) regather(d, n *node, made []*node, a appraisal) {
	counted := d.inPools
	if counted {
		r.pools.leave(d)
	}
	ids := make([]string, len(made))
	for i, m := range made {
		ids[i] = m.task.ID
	}
	t := *d.task
	t.Gathers = maps.Clone(t.Gathers)
	if t.Gathers == nil {
		t.Gathers = make(map[string][]string)
	}
	t.Gathers[n.task.ID] = ids
	at := slices.Index(d.upstream, n)
	t.DependsOn = slices.Replace(slices.Clone(t.DependsOn), at, at+1, ids...)
	d.upstream = slices.Replace(d.upstream, at, at+1, made...)
	if d.task = &t; len(made) > 0 {
		d.waits += len(made) - 1
	}
	d.first.Input -= d.inserted
	d.estimates = nil
	d.insert(a.most)
	if counted {
		r.pools.enter(d)
	}
}

package orchestrator

import (
	"context"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// plan is what is meant to run with what is left of the budgets. It is drawn by what tasks are expected to be charged:
// again and again the task of the greatest worth for what it costs with all that it still needs, as long as the planned
// tasks can be held and paid for in some order (see track). When few are left, the last of them are chosen exactly (see
// exact.go).
//
// The budget itself decides by bounds: a plan that expects too little is refused by it, and one that expects too much
// leaves room, from which the next is drawn.
type plan struct {
	tracks  []*track // the budgets that cannot pay for the holds of all: between their tasks a choice is made
	rest    []*node  // the tasks that had not begun, each after those it depends on
	news    int      // what has happened since it was drawn
	starved bool     // a slot is free, and nothing that is planned could use it
	weigh   func(budget.Amount) float64
}

// drawnAnew is how many tasks that have not begun are few enough to draw the plan whenever something has happened.
// Where there are more, it is drawn when one in drawnAfter of them has.
const (
	drawnAnew  = 512
	drawnAfter = 8
)

// maxOutside is how many tasks that do not fit are passed until nothing more is looked for.
const maxOutside = 256

// replan draws the plan if it is out of date. ctx has the run's scope.
func (r *run) replan(ctx context.Context) {
	if p := &r.plan; p.rest != nil {
		due := len(p.rest) <= drawnAnew || p.news >= len(p.rest)/drawnAfter || p.starved
		if len(p.tracks) == 0 {
			due = r.binds(ctx)
		}
		if p.news == 0 || !due {
			return
		}
	}
	r.draw(ctx)
}

// draw draws the plan.
func (r *run) draw(ctx context.Context) {
	p := &r.plan
	p.news, p.starved = 0, false
	p.rest = p.rest[:0]
	for _, n := range r.order {
		if n.open() {
			n.seq, n.planned = int32(len(p.rest)), false
			r.foretell(n)
			p.rest = append(p.rest, n)
		}
	}
	p.weigh = r.weight(ctx)
	p.tracks = r.newTracks(ctx)
	r.choose()
	r.ready.sort()
}

// newTracks are those of the pools that cannot pay for all holds.
func (r *run) newTracks(ctx context.Context) (tracks []*track) {
	if r.soft {
		return nil
	}
	for p := range r.pools.each {
		room := r.room(ctx, p)
		if room.Tokens != nil && *room.Tokens < p.rest.Tokens {
			tracks = append(tracks, newTrack(r.plan.rest, p, *room.Tokens, func(a budget.Amount) int64 { return a.Tokens }))
		}
		if room.Cost != nil && *room.Cost < p.rest.Cost {
			tracks = append(tracks, newTrack(r.plan.rest, p, int64(*room.Cost), func(a budget.Amount) int64 { return int64(a.Cost) }))
		}
	}
	return tracks
}

// choose plans the tasks that are worth most.
func (r *run) choose() {
	c := closures{walk: &r.walks, own: func(n *node) worthCost { return worthCost{n.worth, r.plan.weigh(n.expected)} }}
	c.start(r.plan.rest)
	var candidates picks
	for _, n := range r.plan.rest {
		n.key, n.stamp = r.merit(n), n.stamp+1
		candidates = append(candidates, pick{n.key, n, n.stamp})
	}
	candidates.init()
	var outside, chosen []*node
	for n := candidates.pop(); n != nil && len(outside) < maxOutside; n = candidates.pop() {
		if n.planned {
			continue
		}
		needs, _ := c.ancestors(n, len(r.plan.rest))
		closure := append(needs, n)
		if r.outdated(c, n, closure, &candidates) {
			continue
		}
		if !r.plan.add(closure) {
			outside = append(outside, n)
			continue
		}
		for _, n := range closure {
			n.rank = len(chosen)
			chosen = append(chosen, n)
			c.planned(n, func(d *node) {
				if d.key = r.merit(d); r.Policy == ByValue {
					d.stamp++
					candidates.push(d)
				}
			})
		}
	}
	if len(r.plan.tracks) > 0 && len(chosen) <= fewPlanned {
		r.plan.improve(chosen, outside)
	}
}

// outdated corrects what n is thought to miss, and puts it back where that makes it worse than it seemed.
func (r *run) outdated(c closures, n *node, closure []*node, candidates *picks) bool {
	if r.Policy != ByValue {
		return false
	}
	n.missing = worthCost{}
	for _, m := range closure {
		n.missing.add(c.own(m))
	}
	before := n.key
	if n.key = r.merit(n); n.key >= before*(1-1e-9) {
		return false
	}
	n.stamp++
	candidates.push(n)
	return true
}

// add plans tasks, each of which comes after those it depends on, unless they cannot all be held.
func (p *plan) add(closure []*node) bool {
	for _, n := range closure {
		n.planned = true
		for _, t := range p.tracks {
			t.plan(n)
		}
	}
	if !slices.ContainsFunc(p.tracks, func(t *track) bool { return !t.holds() }) {
		return true
	}
	for _, n := range closure {
		p.remove(n)
	}
	return false
}

func (p *plan) remove(n *node) {
	n.planned = false
	for _, t := range p.tracks {
		t.unplan(n)
	}
}

// lets reports whether the others that are planned can still be held if n begins before them.
func (p *plan) lets(n *node) bool {
	return !slices.ContainsFunc(p.tracks, func(t *track) bool { return !t.first(n) })
}

// crowds reports whether others are planned that would be paid from what n, which is planned, is granted if it takes all
// that is left.
func (p *plan) crowds(n *node) bool {
	return slices.ContainsFunc(p.tracks, func(t *track) bool { return t.has(n) && t.count > 1 })
}

// begin takes a task that begins out of what is to be planned.
func (p *plan) begin(n *node) {
	for _, t := range p.tracks {
		if t.has(n) {
			t.unplan(n)
			t.room -= t.of(n.expected)
		}
	}
	n.seq = -1
}

// withdraw takes a task that will not begin now out of what is to be planned and paid for.
func (r *run) withdraw(n *node) {
	r.pools.leave(n)
	r.plan.remove(n)
	n.seq = -1
}

// end takes in what a task was charged that had begun.
func (p *plan) end(n *node, charged budget.Amount) {
	p.news++
	for _, t := range p.tracks {
		if t.has(n) {
			t.room += t.of(n.expected) - t.of(charged)
		}
	}
}

// merit is what ranks n: what it is worth with all that it needs, for what that costs; or as the policy has it.
func (r *run) merit(n *node) float64 {
	switch r.Policy {
	case ByPriority:
		return float64(n.priority)
	case ByPlace:
		return 0
	}
	return n.missing.worth / n.missing.cost
}

// requeue makes a task ready again that has not begun after all.
func (r *run) requeue(n *node) {
	n.planned = len(r.plan.tracks) == 0
	r.plan.news++
	r.plan.starved = true
	r.pools.enter(n)
	r.ready.push(n)
}

// observe learns from a task that has ended.
func (r *run) observe(c completion) {
	if c.result.Outcome == Done {
		c.crew.succeeded(c.crew.Concurrency)
		c.node.output = min(c.sum.Usage.Output, maxExpected)
		r.predictor.learn(c.node.group, sample{c.sum.Usage.Output, c.result.Further})
	}
}

package orchestrator

import (
	"context"

	"github.com/orchestrate-go/orchestrate/budget"
)

// binds reports whether a budget cannot pay for the holds of all its tasks that have not begun.
func (r *run) binds(ctx context.Context) bool {
	if r.soft {
		return false
	}
	for p := range r.pools.each {
		if !r.Manager.Remaining(p.context(ctx), p.model).Covers(p.rest) && !r.room(ctx, p).Covers(p.rest) {
			return true
		}
	}
	return false
}

// room is what a pool has for tasks that have not begun: what remains, and what running tasks are expected to give back.
func (r *run) room(ctx context.Context, p *pool) (left budget.Limit) {
	r.steady(func() { left = r.roomOnce(ctx, p) })
	return left
}

func (r *run) roomOnce(ctx context.Context, p *pool) budget.Limit {
	left := r.Manager.Remaining(p.context(ctx), p.model)
	for n, tab := range r.active {
		if !p.has(n) {
			continue
		}
		if !tab.Begun() {
			left = left.Less(n.expected)
		} else {
			left = plus(left, n.reserve)
		}
	}
	return left
}

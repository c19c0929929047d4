package orchestrator

import (
	"context"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// maxBypass is how often later tasks may go before one that waits for holds to return. Letting them by
// keeps slots busy; without a bound a large task would starve.
const maxBypass = 8

// maxHeld is how many tasks that cannot begin now one pass looks behind.
const maxHeld = 32

// dispatch begins every task that can begin now: what is planned in order of rank, as long as there are free slots and
// the budget can pay; where nothing runs that could return anything, the best of the others. It ends those that never
// can.
func (r *run) dispatch(ctx context.Context) {
	r.known = r.Manager.Changes()
	r.unfoldAll(ctx)
	r.replan(ctx)
	var held []*node
	var firstWaits *crew // where held[0] could begin once something returns
	for len(held) < maxHeld && r.fatal == nil {
		n := r.ready.pop(r.open)
		if n == nil {
			break
		}
		if !n.planned && r.running > 0 {
			r.plan.starved = true
			n.holdBack()
			r.ready.push(n)
			break
		}
		if r.takeOver(n) {
			continue
		}
		v := r.consider(ctx, n)
		if v.outcome != "" {
			r.close(n, v.fate)
			continue
		}
		if v.aside {
			r.setAside(n)
			continue
		}
		if v.begin {
			r.start(ctx, n, v, budget.Refuse)
			passBy(held)
			continue
		}
		if len(held) == 0 {
			firstWaits = v.crew
		}
		held = append(held, n)
		if n.short && n.bypassed >= maxBypass {
			break
		}
	}
	if r.running == 0 {
		held = r.press(ctx, held)
	}
	if r.running == 0 && len(held) > 0 && r.fatal == nil {
		// Nobody here will return anything, so somebody else holds the budget: let the best task stand in
		// line for it, and no other.
		r.start(ctx, held[0], verdict{crew: firstWaits}, budget.Wait)
		held = held[1:]
	}
	for _, n := range held {
		r.ready.push(n)
	}
}

// holdBack notes that n, the first in line, could begin but for the budget.
func (n *node) holdBack() {
	if n.since.IsZero() {
		n.since = time.Now()
	}
}

// passBy notes that a task went before others that the budget could not pay for.
func passBy(held []*node) {
	for _, n := range held {
		if n.short {
			n.bypassed++
		}
	}
}

// press begins the best of the tasks that are held back for the sake of others, now that nothing runs: those others cannot
// begin either. It returns the rest.
func (r *run) press(ctx context.Context, held []*node) []*node {
	r.pressed = true
	defer func() { r.pressed = false }()
	for i, n := range held {
		if v := r.consider(ctx, n); v.begin {
			r.start(ctx, n, v, budget.Refuse)
			return slices.Delete(held, i, i+1)
		}
	}
	return held
}

// open reports whether a task of this lane could find a slot. A halted worker is open too: its tasks are to
// be ended, not kept.
func (r *run) open(l worker.Lane) bool {
	return slices.ContainsFunc(r.crews, func(c *crew) bool { return c.takes(l) && (r.free(c) || c.halted != "") })
}

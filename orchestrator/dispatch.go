package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// maxBypass is how often later tasks may go before one that waits for holds to return. Letting them by
// keeps slots busy; without a bound a large task would starve.
const maxBypass = 8

// maxHeld is how many tasks that cannot begin now one pass looks behind.
const maxHeld = 32

// dispatch begins every task that can begin now: in order of rank, as long as there are free slots and the
// budget can pay. It ends those that never can.
func (r *run) dispatch(ctx context.Context) {
	var held []*node
	for len(held) < maxHeld && r.fatal == nil {
		n := r.ready.pop(r.open)
		if n == nil {
			break
		}
		v := r.consider(ctx, n)
		switch {
		case v.crew != nil:
			r.start(ctx, n, v.crew, budget.Refuse)
			for _, h := range held {
				h.bypassed++
			}
			continue
		case v.outcome != "":
			result := r.outcome(n, v.outcome, v.reason)
			result.Provider = v.provider
			r.finish(n, result)
			continue
		}
		held = append(held, n)
		if n.bypassed >= maxBypass {
			break
		}
	}
	if r.running == 0 && len(held) > 0 && r.fatal == nil {
		// Nobody here will return anything, so somebody else holds the budget: let the best task stand in
		// line for it.
		if c := r.anyFree(held[0]); c != nil {
			r.start(ctx, held[0], c, budget.Wait)
			held = held[1:]
		}
	}
	for _, n := range held {
		r.ready.push(n)
	}
}

// open reports whether a task that must go to this worker, or to any for "", could find a slot. A halted
// worker is open too: its tasks are to be ended, not kept.
func (r *run) open(worker string) bool {
	return slices.ContainsFunc(r.crews, func(c *crew) bool {
		return (worker == "" || worker == c.Name) && (c.free() || c.halted != "")
	})
}

func (r *run) anyFree(n *node) *crew {
	for _, c := range r.crews {
		if (n.task.Worker == "" || n.task.Worker == c.Name) && c.free() {
			return c
		}
	}
	return nil
}

// verdict is what the scheduler decides about a ready task: a worker to begin at, an outcome to end with,
// or neither, to hold it back for now.
type verdict struct {
	crew     *crew
	outcome  Outcome
	reason   string
	provider string
}

// consider asks the budget about n at each worker it may go to: the one with the most idle slots among
// those that can pay. n ends only if no worker that is still there could ever pay.
func (r *run) consider(ctx context.Context, n *node) verdict {
	if err := r.expand(n); err != nil {
		return verdict{outcome: Failed, reason: err.Error()}
	}
	var best *crew
	var end verdict
	possible := false
	for _, c := range r.crews {
		if n.task.Worker != "" && n.task.Worker != c.Name {
			continue
		}
		if c.halted != "" {
			if end.outcome == "" {
				end = verdict{outcome: Deferred, provider: c.Provider, reason: fmt.Sprintf("provider %s: %s", c.Provider, c.halted)}
			}
			continue
		}
		err := r.affordable(ctx, n, c)
		if err != nil && !transient(err) {
			o, reason := refusal(err)
			end = verdict{outcome: o, reason: reason}
			continue
		}
		possible = true
		if err == nil && c.free() && (best == nil || c.idle() > best.idle()) {
			best = c
		}
	}
	if possible {
		return verdict{crew: best}
	}
	return end
}

// expand puts upstream outputs into the task's prompt, once.
func (r *run) expand(n *node) error {
	if n.expanded {
		return nil
	}
	t, err := Expand(n.task, func(id string) (string, bool) {
		out, ok := r.outputs[id]
		return out, ok
	})
	if err != nil {
		return err
	}
	n.task, n.expanded, n.estimated = t, true, nil
	return nil
}

// errKept is why a task is held back although the budget could pay for it: others were promised it.
var errKept = errors.New("kept for others")

// affordable asks whether the budget can pay for n at c now, beside what was promised to tasks that have
// begun and to more urgent ones that have not. An error that is not transient means never, as things
// stand.
func (r *run) affordable(ctx context.Context, n *node, c *crew) error {
	call, ok := n.estimateAt(c)
	if !ok {
		return nil // only an attempt will tell
	}
	ctx = budget.WithScopes(ctx, budget.Worker(c.Name), budget.Task(n.task.ID))
	if err := r.Manager.Check(ctx, call); err != nil {
		return err
	}
	promised := r.promised().Add(r.floor.above(n.priority))
	if promised.IsZero() {
		return nil
	}
	if !r.Manager.Remaining(ctx, "").Covers(budget.Amount{Tokens: promised.Tokens + call.Input + call.MinOutput}) {
		return errKept
	}
	return nil
}

// promised is what tasks that were just begun are about to reserve: without it a burst of dispatches would
// find the same headroom several times.
func (r *run) promised() budget.Amount {
	var sum budget.Amount
	for n, tab := range r.active {
		if !tab.Begun() {
			sum = sum.Add(n.want)
		}
	}
	return sum
}

func transient(err error) bool {
	var exceeded *budget.ExceededError
	return errors.Is(err, errKept) || (errors.As(err, &exceeded) && !exceeded.Final())
}

// idle is the share of free slots.
func (c *crew) idle() float64 { return float64(c.Concurrency-c.running) / float64(c.Concurrency) }

// estimateAt is c's estimate of n, remembered: counting a prompt again at every event would cost more than
// the calls.
func (n *node) estimateAt(c *crew) (budget.Call, bool) {
	if n.estimated != c {
		n.call, n.callOK = c.estimate(n.task)
		n.estimated = c
	}
	return n.call, n.callOK
}

// floor is how many tokens the tasks that have not begun need, by priority: a less urgent task may not
// take what more urgent ones, perhaps still waiting for their dependencies, will need.
type floor map[int]budget.Amount

func newFloor(nodes []*node) floor {
	f := make(floor)
	for _, n := range nodes {
		f.enter(n)
	}
	return f
}

func (f floor) enter(n *node) {
	if !n.onFloor {
		n.onFloor = true
		f[n.priority] = f[n.priority].Add(n.want)
	}
}

func (f floor) leave(n *node) {
	if n.onFloor {
		n.onFloor = false
		f[n.priority] = f[n.priority].Sub(n.want)
	}
}

// above is what the tasks of higher priority need.
func (f floor) above(priority int) budget.Amount {
	var need budget.Amount
	for p := range maps.Keys(f) {
		if p > priority {
			need = need.Add(f[p])
		}
	}
	return need
}

package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
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
	var firstWaits *crew // where held[0] could begin once something returns
	for len(held) < maxHeld && r.fatal == nil {
		n := r.ready.pop(r.open)
		if n == nil {
			break
		}
		if r.takeOver(n) {
			continue
		}
		v := r.consider(ctx, n)
		if v.outcome != "" {
			r.end(n, v)
			continue
		}
		if v.aside {
			r.setAside(n)
			continue
		}
		if v.begin {
			r.start(ctx, n, v.crew, budget.Refuse)
			for _, h := range held {
				if h.short {
					h.bypassed++
				}
			}
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
	if r.running == 0 && len(held) > 0 && r.fatal == nil {
		// Nobody here will return anything, so somebody else holds the budget: let the best task stand in
		// line for it, and no other.
		r.start(ctx, held[0], firstWaits, budget.Wait)
		held = held[1:]
	}
	for _, n := range held {
		r.ready.push(n)
	}
}

// open reports whether a task of this lane could find a slot. A halted worker is open too: its tasks are to
// be ended, not kept.
func (r *run) open(l worker.Lane) bool {
	return slices.ContainsFunc(r.crews, func(c *crew) bool { return c.takes(l) && (r.free(c) || c.halted != "") })
}

// verdict is what the scheduler decides about a ready task: a worker to begin at, a worker to wait for, or
// an outcome to end with.
type verdict struct {
	crew     *crew
	begin    bool
	outcome  Outcome
	reason   string
	provider string
	until    *time.Time // when another attempt is worth while: in a new period, or when the provider said
	unclear  bool       // the provider did not say whether it means the key or the task
	aside    bool       // neither: more is to be known of the provider first
}

// consider asks the budget about n at each worker it may go to: the one with the most idle slots among
// those that can pay. n ends only if no worker that is still there could ever pay.
func (r *run) consider(ctx context.Context, n *node) verdict {
	if err := r.expand(n); err != nil {
		return verdict{outcome: Failed, reason: err.Error()}
	}
	n.short = false
	if n.last && !r.servedBefore(n) {
		return verdict{aside: true}
	}
	var best, waits *crew
	var end verdict
	for _, c := range r.crews {
		if !c.takes(n.lane) {
			continue
		}
		if v := r.barred(ctx, n, c); v != nil {
			end = end.orMilder(*v)
			continue
		}
		err := r.affordable(ctx, n, c)
		if err != nil && !transient(err) {
			o, reason := refusal(err)
			end = end.orMilder(verdict{outcome: o, reason: reason, until: notBefore(err)})
			continue
		}
		waits = cmp.Or(waits, c)
		switch {
		case !r.free(c):
		case err != nil:
			n.short = true
		case best == nil || r.better(n, c, best):
			best = c
		}
	}
	if best != nil {
		return verdict{crew: best, begin: true}
	}
	if waits != nil {
		return verdict{crew: waits}
	}
	if end.aside {
		return verdict{aside: true}
	}
	return end
}

// better prefers a worker whose provider is not paused, then the one with the most idle slots.
func (r *run) better(n *node, c, than *crew) bool {
	if a, b := r.waitsAt(n, c), r.waitsAt(n, than); a != b {
		return b
	}
	return c.idle() > than.idle()
}

// waitsAt reports whether n would have to wait at c because its provider, or its model there, is paused.
func (r *run) waitsAt(n *node, c *crew) bool {
	return slices.ContainsFunc(r.paused, func(p wire.Pause) bool {
		return p.Provider == c.Provider && (p.Model == "" || p.Model == n.task.ModelAt(c.Model))
	})
}

// barred is how n ends if no other worker takes it, where c is out of the question for now; nil where it is
// not.
func (r *run) barred(ctx context.Context, n *node, c *crew) *verdict {
	v := n.at(ctx, c).barred
	switch {
	case c.halted != "":
		return &verdict{outcome: Deferred, provider: c.Provider, reason: unavailable(c.Provider, c.halted)}
	case v != nil && v.unclear && !r.standing(c).served:
		waits := *v
		waits.aside = true
		return &waits
	}
	return v
}

// orMilder is the verdict of several workers together: what one of them may still do later is not failed.
func (v verdict) orMilder(other verdict) verdict {
	for _, o := range []Outcome{Deferred, Exhausted, Failed} {
		if v.outcome == o {
			return v
		}
		if other.outcome == o {
			return other
		}
	}
	return other
}

func unavailable(provider, why string) string { return fmt.Sprintf("provider %s: %s", provider, why) }

// expand puts upstream outputs into the task's prompt, once.
func (r *run) expand(n *node) error {
	if n.expanded {
		return nil
	}
	t, err := tasks.Expand(n.task, r.output)
	if err != nil {
		return err
	}
	n.task, n.expanded, n.estimates = t, true, nil
	return nil
}

// errKept is why a task is held back although the budget could pay for it: others were promised it.
var errKept = errors.New("kept for others")

// errRefused is why a task is held back that the budget refused: nothing has returned since.
var errRefused = errors.New("refused just now")

// affordable asks whether the budget can pay for n at c now. An error that is not transient means never,
// as things stand.
func (r *run) affordable(ctx context.Context, n *node, c *crew) error {
	e := n.at(ctx, c)
	if e.never != nil {
		return e.never
	}
	if e.refused > r.ended {
		return errRefused
	}
	if !e.ok {
		return nil // only an attempt will tell
	}
	if err := r.Manager.Check(budget.WithScopes(ctx, budget.Worker(c.Name), budget.Task(n.task.ID)), e.call); err != nil {
		return err
	}
	if !r.spare(ctx, n, e.call) {
		return errKept
	}
	return nil
}

// spare reports whether the budget that all tasks share, that of ctx, can pay for n beside what was
// promised to tasks that have begun and what is kept for tasks before n: whatever output cap n is granted,
// theirs must be left.
func (r *run) spare(ctx context.Context, n *node, call budget.Call) bool {
	promised := r.promised().Add(r.floor.before(n.rank))
	if promised.IsZero() || r.soft {
		return true
	}
	return r.Manager.Remaining(ctx, "").Covers(promised.Add(r.Manager.Most(call)))
}

// promised is what tasks that were just begun are about to reserve: without it a burst of dispatches would
// find the same headroom several times.
func (r *run) promised() budget.Amount {
	var sum budget.Amount
	for n, tab := range r.active {
		if !tab.Begun() {
			sum = sum.Add(n.promise)
		}
	}
	return sum
}

func transient(err error) bool {
	var exceeded *budget.ExceededError
	return errors.Is(err, errKept) || errors.Is(err, errRefused) || (errors.As(err, &exceeded) && !exceeded.Final())
}

// idle is the share of free slots.
func (c *crew) idle() float64 { return float64(c.Concurrency-c.running) / float64(c.Concurrency) }

// at is what is known of n at c. The estimate is remembered: counting a prompt again at every event would
// cost more than the calls. The result is good until the next call.
func (n *node) at(ctx context.Context, c *crew) *estimate {
	i := slices.IndexFunc(n.estimates, func(e estimate) bool { return e.crew == c })
	if i < 0 {
		i = len(n.estimates)
		call, ok := c.estimate(ctx, n.task)
		n.estimates = append(n.estimates, estimate{crew: c, call: call, ok: ok})
	}
	return &n.estimates[i]
}

// note remembers how the budget refused the call (nil if it did not) when so many tasks had ended.
func (e *estimate) note(refusal error, ended int) {
	switch {
	case refusal == nil:
	case transient(refusal):
		e.refused = ended + 1
	default:
		e.never = refusal
	}
}

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
)

// verdict is what the scheduler decides about a ready task: a worker to begin at, a worker to wait for, or
// an outcome to end with.
type verdict struct {
	fate
	crew    *crew
	begin   bool
	lowered int64 // the output cap to send where that is not the declared one, else 0
	unclear bool  // the provider did not say whether it means the key or the task
	aside   bool  // neither: more is to be known of the provider first
}

// fate is how a task ends, or would.
type fate struct {
	outcome  Outcome
	reason   string
	provider string       // that refused it, or ""
	until    *time.Time   // when another attempt is worth while: in a new period, or when the provider said; nil if unknown
	lacks    budget.Scope // whose budget cannot pay for it now, the zero scope if that is not why it is deferred
}

// ofAll reports whether the budget that all tasks of the run share is what lacks.
func (f fate) ofAll() bool { return f.lacks.Kind == budget.KindTotal || f.lacks.Kind == budget.KindRun }

// take gives the result its fate.
func (r *Result) take(f fate) {
	r.Outcome, r.Reason, r.Provider, r.NotBefore = f.outcome, f.reason, f.provider, f.until
}

// consider asks the budget about n at each worker it may go to: the one with the most idle slots among
// those that can pay. n ends only if no worker that is still there could ever pay.
func (r *run) consider(ctx context.Context, n *node) verdict {
	if end := cmp.Or(r.late(n), r.spentCalls(n)); end != nil {
		return verdict{fate: *end}
	}
	if err := r.expand(ctx, n); err != nil {
		return verdict{fate: fate{outcome: Failed, reason: err.Error()}}
	}
	n.short = false
	if n.last && !r.servedBefore(n) {
		return verdict{aside: true}
	}
	var best, waits *crew
	var lowered int64
	var end verdict
	for _, c := range r.crews {
		if !c.takes(n.lane) {
			continue
		}
		if v := r.barred(ctx, n, c); v != nil {
			end = end.orMilder(*v)
			continue
		}
		j := r.judge(ctx, n, c)
		err, when := j.err, prospectOf(j.err)
		if when > paysLater {
			end = end.orMilder(verdict{fate: refusal(err)})
			continue
		}
		waits = cmp.Or(waits, c)
		switch {
		case !r.free(c):
		case when == paysLater:
			n.short = !errors.Is(err, errKept)
			n.holdBack()
		case best == nil || r.better(n, c, best):
			best, lowered = c, 0
			if j.lowered {
				lowered = j.call.MaxOutput
			}
		}
	}
	if best != nil {
		return verdict{crew: best, begin: true, lowered: lowered}
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
		return &verdict{fate: fate{outcome: Deferred, provider: c.Provider, reason: unavailable(c.Provider, c.halted)}}
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
func (r *run) expand(ctx context.Context, n *node) error {
	if n.expanded {
		return nil
	}
	n.expanded = true
	if len(n.upstream) == 0 {
		return nil
	}
	t, err := tasks.Expand(*n.task, r.output)
	if err != nil {
		return err
	}
	n.task, n.estimates = &t, nil
	n.inserted, n.uses, n.first = 0, nil, r.estimate(ctx, t)
	n.bound(r.Manager.Most)
	return nil
}

// idle is the share of free slots.
func (c *crew) idle() float64 { return float64(c.allowed-c.running) / float64(c.allowed) }

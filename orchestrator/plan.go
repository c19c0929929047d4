package orchestrator

import (
	"cmp"
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Forecast is what a plan expects of a task.
type Forecast string

// The forecasts. A plan counts every task at its worst, in the order of one slot. As long as no answer uses
// more than was held, every task before the first that is deferred or never fits does run, whatever the
// concurrency. Those may still run, because others used less than they held, and then take the place of a
// later one.
const (
	WillRun    Forecast = "run"
	MayDefer   Forecast = "defer"    // the budget is spoken for by then
	NeverFits  Forecast = "never"    // larger than a limit as a whole: only a higher limit helps
	Unplanned  Forecast = "unknown"  // its worker cannot tell beforehand
	Impossible Forecast = "skip"     // what it depends on does not run
	Already    Forecast = "finished" // by an earlier part of the run
)

// Planned is one task of a plan.
type Planned struct {
	ID       string   `json:"id"`
	Forecast Forecast `json:"verdict"`
	Reason   string   `json:"reason,omitempty"`
	Priority int      `json:"priority"` // its own, or that of the most urgent task that needs it
	Worker   string   `json:"worker,omitempty"`
	Model    string   `json:"model,omitempty"`
	Input    int64    `json:"input"`         // at most, upstream outputs at their caps
	Output   int64    `json:"output"`        // the cap
	Tokens   int64    `json:"tokens"`        // held: input and output
	Cost     *Cost    `json:"cost_nano_usd"` // at most; null without a price
}

// Plan returns the tasks in the order in which they would be begun, with what each would hold. It calls no
// worker's Work. It spends the budget of o.Manager as the run would at its worst, so that manager must be
// a throw-away one: on a copy of the books, not on the books.
func Plan(ctx context.Context, o Options) ([]Planned, error) {
	r, err := newRun(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.restore()
	ctx = budget.WithScopes(ctx, budget.Run(o.Run))
	var plan []Planned
	if r.takeUp(ctx); r.fatal != nil {
		return nil, r.fatal
	}
	for _, n := range r.nodes {
		if n.result != nil {
			plan = append(plan, Planned{ID: n.task.ID, Forecast: Already, Priority: n.priority, Cost: new(Cost)})
		}
	}
	for n := r.ready.pop(r.open); n != nil && err == nil; n = r.ready.pop(r.open) {
		var first Planned
		r.spread(n, func(n, above *node) bool {
			n.result = &Result{}
			if above != nil {
				plan = append(plan, first.foreclose(n))
				return false
			}
			first, err = r.foresee(ctx, n)
			plan = append(plan, first)
			return first.Forecast == WillRun || first.Forecast == Unplanned
		})
	}
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// foresee decides about one task, and spends what it would hold. Where several workers could take it, it is
// planned at the first that can pay.
func (r *run) foresee(ctx context.Context, n *node) (Planned, error) {
	p := Planned{ID: n.task.ID, Priority: n.priority}
	for _, c := range r.crews {
		if !c.takes(n.lane) {
			continue
		}
		j := r.judge(ctx, n, c)
		if !j.known {
			p.Forecast, p.Reason = Unplanned, "its worker cannot say what it would ask (worker.Estimator)"
			continue
		}
		if ctx.Err() != nil {
			return p, context.Cause(ctx)
		}
		at := Planned{
			ID: p.ID, Priority: p.Priority, Forecast: WillRun, Worker: c.Name, Model: cmp.Or(j.call.Model, c.Model),
			Input: j.call.Input, Output: j.call.MaxOutput, Tokens: j.call.Input + j.call.MaxOutput,
		}
		if j.err == nil {
			return r.spend(charged(ctx, &n.task, c.Name), at, j.call)
		}
		if p.Forecast == "" || p.Forecast == NeverFits {
			p = at
			if p.Forecast, p.Reason = MayDefer, j.err.Error(); prospectOf(j.err) == paysNever {
				p.Forecast = NeverFits
			}
		}
	}
	return p, nil
}

// spend takes from the budget what a planned call would hold, for good. ctx has the task's scopes.
func (r *run) spend(ctx context.Context, p Planned, call budget.Call) (Planned, error) {
	res, err := r.Manager.TryReserve(ctx, call)
	if err != nil {
		return p, err
	}
	p.Output, p.Tokens = res.Output(), res.Held().Tokens
	if cost, priced := r.Manager.Cost(call.Model, res.Held()); priced {
		p.Cost = &cost
	}
	res.Sent()
	return p, res.Close(ctx)
}

// foreclose is the plan for n, which depends on p, a task that does not run.
func (p Planned) foreclose(n *node) Planned {
	forecast := Impossible
	if p.Forecast == MayDefer {
		forecast = MayDefer
	}
	return Planned{
		ID: n.task.ID, Priority: n.priority, Forecast: forecast, Input: n.first.Input, Output: n.first.MaxOutput,
		Tokens: n.most.Tokens, Model: n.first.Model, Reason: fmt.Sprintf("depends on %s", p.ID),
	}
}

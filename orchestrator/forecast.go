package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Forecast is what a plan expects of a task.
type Forecast string

// The forecasts. A plan goes the way of a run with one slot in which each task is charged what it is expected to be. A
// run may come to less, or to more, where answers are longer or shorter than those before.
const (
	WillRun    Forecast = "run"
	MayDefer   Forecast = "defer"    // the budget is spent, or kept for what is worth more
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
	Worth    float64  `json:"worth"`         // of finishing it, beside others
	Input    int64    `json:"input"`         // at most, upstream outputs at their caps
	Output   int64    `json:"output"`        // the cap
	Tokens   int64    `json:"tokens"`        // at most: input and output
	Cost     *Cost    `json:"cost_nano_usd"` // at most; null without a price

	// Expected is what it is expected to be charged, in tokens, and ExpectedCost in money; null without a price.
	Expected     int64 `json:"expected"`
	ExpectedCost *Cost `json:"expected_cost_nano_usd"`
}

// Plan returns the tasks in the order in which they would be begun, with what each would hold and what it is expected to
// be charged. It calls no worker's Work. It spends the budget of o.Manager, so that manager must be a throw-away one: on
// a copy of the books, not on the books.
func Plan(ctx context.Context, o Options) ([]Planned, error) {
	r, err := newRun(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { r.restore() }()
	ctx = budget.WithScopes(ctx, budget.Run(o.Run))
	if r.takeUp(ctx); r.fatal != nil {
		return nil, r.fatal
	}
	f := forecaster{run: r}
	for _, n := range r.nodes {
		if n.result != nil {
			f.list = append(f.list, Planned{ID: n.task.ID, Forecast: Already, Priority: n.priority, Worth: n.worth, Cost: new(Cost), ExpectedCost: new(Cost)})
		}
	}
	if err := f.all(ctx); err != nil {
		return nil, err
	}
	return f.list, nil
}

// forecaster goes the way of a run with one slot.
type forecaster struct {
	*run
	list []Planned
	held []*node // that wait for others to go first
}

// all forecasts every task that has no result.
func (f *forecaster) all(ctx context.Context) error {
	for n := f.next(ctx); n != nil; n = f.next(ctx) {
		p, err := f.foresee(ctx, n)
		if errors.Is(err, errKept) {
			f.held = append(f.held, n)
			continue
		}
		if err != nil {
			return err
		}
		f.spread(n, func(n, above *node) bool {
			n.result = &kept{}
			if above != nil {
				f.list = append(f.list, p.foreclose(n))
				return false
			}
			f.list = append(f.list, p)
			return p.Forecast == WillRun || p.Forecast == Unplanned
		})
		for _, h := range f.held {
			f.ready.push(h)
		}
		f.held, f.pressed = nil, false
	}
	return nil
}

// next takes the task that a single slot would begin, nil if there is none: one that is held only when no other is
// planned.
func (f *forecaster) next(ctx context.Context) *node {
	if len(f.folded) > 0 {
		n := f.folded[0]
		f.folded = f.folded[1:]
		return n
	}
	f.replan(ctx)
	n := f.ready.pop(f.open)
	if n != nil && !n.planned && f.plan.news > 0 { // the plan may have room for it by now
		f.ready.push(n)
		f.plan.starved = true
		f.replan(ctx)
		n = f.ready.pop(f.open)
	}
	if len(f.held) == 0 || n != nil && n.planned && len(f.held) < maxHeld {
		return n
	}
	if n != nil {
		f.ready.push(n)
	}
	n, f.held, f.pressed = f.held[0], f.held[1:], true
	return n
}

// foresee decides about one task, and spends what it is expected to be charged. Where several workers could take it, it
// is planned at the first that can pay. The error is errKept where others are to go first.
func (f *forecaster) foresee(ctx context.Context, n *node) (Planned, error) {
	p, err := Planned{ID: n.task.ID, Priority: n.priority, Worth: n.worth}, error(nil)
	if of := n.task.Foreach; of != nil {
		p.Forecast, p.Reason = Unplanned, fmt.Sprintf("it stands for a task for each element of what %s answers: how many is known once that is done", of.Of)
		return p, nil
	}
	for _, c := range f.crews {
		if !c.takes(n.lane) {
			continue
		}
		j := f.judge(ctx, n, c)
		if !j.known {
			p.Forecast, p.Reason = Unplanned, "its worker cannot say what it would ask (worker.Estimator)"
			continue
		}
		if ctx.Err() != nil {
			return p, context.Cause(ctx)
		}
		at := f.expected(n, c, j.call)
		switch {
		case j.err == nil:
			f.pools.leave(n)
			f.plan.begin(n)
			f.plan.news++
			j.call.MaxOutput, err = f.spend(charged(ctx, n.task, c.Name), n, j.call)
			return f.expected(n, c, j.call), err
		case errors.Is(j.err, errKept):
			return p, errKept
		case p.Forecast == "" || p.Forecast == NeverFits:
			p = at
			if p.Forecast, p.Reason = MayDefer, j.err.Error(); prospectOf(j.err) == paysNever {
				p.Forecast = NeverFits
			}
		}
	}
	return p, err
}

// expected is what a task would hold at most at c, and be expected to be charged.
func (f *forecaster) expected(n *node, c *crew, call budget.Call) Planned {
	call.Input += n.inserted - n.likely
	most := f.Manager.Most(call)
	p := Planned{
		ID: n.task.ID, Forecast: WillRun, Priority: n.priority, Worth: n.worth, Worker: c.Name, Model: cmp.Or(call.Model, c.Model),
		Input: call.Input, Output: call.MaxOutput, Tokens: most.Tokens, Expected: min(n.expected.Tokens, most.Tokens),
	}
	if cost, priced := f.Manager.Cost(call.Model, most); priced {
		p.Cost, p.ExpectedCost = &cost, new(min(n.expected.Cost, cost))
	}
	return p
}

// spend takes from the budget what a task is expected to be charged, and returns the output cap that it was granted. ctx
// has its scopes.
func (f *forecaster) spend(ctx context.Context, n *node, call budget.Call) (granted int64, err error) {
	res, err := f.Manager.TryReserve(ctx, call)
	if err != nil {
		return 0, err
	}
	res.Sent()
	used := budget.Usage{Input: n.expected.Tokens - n.output, Output: min(n.output, res.Output())}
	return res.Output(), res.Settle(ctx, budget.Outcome{Usage: used})
}

// foreclose is the plan for n, which depends on p, a task that does not run.
func (p Planned) foreclose(n *node) Planned {
	forecast := Impossible
	if p.Forecast == MayDefer {
		forecast = MayDefer
	}
	return Planned{
		ID: n.task.ID, Priority: n.priority, Worth: n.worth, Forecast: forecast, Input: n.first.Input, Output: n.first.MaxOutput,
		Tokens: n.most.Tokens, Expected: n.expected.Tokens, Model: n.first.Model, Reason: fmt.Sprintf("depends on %s", p.ID),
	}
}

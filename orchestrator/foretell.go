package orchestrator

import (
	"context"

	"github.com/orchestrate-go/orchestrate/budget"
)

// foretell works out what n is expected to be charged. Those it depends on have been foretold.
func (r *run) foretell(n *node) {
	input := n.first.Input - n.inserted
	if n.first.Counted > 0 {
		input = min(input, n.first.Counted)
	}
	n.likely = 0
	for i, times := range n.uses {
		n.likely += int64(times) * n.upstream[i].output
	}
	n.output = r.predictor.output(n.group, n.first.MaxOutput)
	call := n.first
	call.Input, call.MaxOutput, call.MinOutput = input+n.likely+r.predictor.extra(n.group), n.output, n.output
	n.expected = r.Manager.Most(call)
	call.MaxOutput = max(r.lowest(n), n.output)
	n.reserve = r.Manager.Most(call).Sub(n.expected)
}

// weight measures amounts: by their tokens or, where money is the scarcer or the only limit, that.
func (r *run) weight(ctx context.Context) func(budget.Amount) float64 {
	left := r.room(ctx, r.pools.all)
	tokens := func(a budget.Amount) float64 { return float64(a.Tokens + 1) } // even nothing takes a place
	cost := func(a budget.Amount) float64 { return float64(a.Cost + 1) }
	switch {
	case left.Cost == nil:
		return tokens
	case left.Tokens == nil:
		return cost
	}
	perCost := float64(max(1, *left.Tokens)) / float64(max(1, *left.Cost))
	return func(a budget.Amount) float64 { return max(tokens(a), cost(a)*perCost) }
}

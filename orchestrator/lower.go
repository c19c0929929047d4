package orchestrator

import (
	"context"
	"math"

	"github.com/orchestrate-go/orchestrate/budget"
)

// OutputCap says which output caps a run sends.
type OutputCap string

// The output caps of a run.
const (
	CapDeclared OutputCap = "declared" // those that tasks and workers name; the default

	// CapHistory lowers one where its hold does not fit, to what fits but not below what nearly all answers of the task's
	// group needed. An answer that is cut is asked for again at the declared cap, which pays for it twice.
	CapHistory OutputCap = "history"
)

// A cap from history lets all but about one answer in 160 end by themselves, if their lengths are log-normal, and needs so
// many of them to go by.
const (
	capSigmas  = 2.5
	capSamples = 3
)

// ceiling is the output that nearly all tasks of the group stay under; not ok if too few are known.
func (p *predictor) ceiling(g *group) (tokens int64, ok bool) {
	if g.lengths.n < capSamples {
		return 0, false
	}
	mean, variance := p.logs(g)
	return tokensOf(math.Exp(mean + capSigmas*math.Sqrt(variance))), true
}

// lowest is the least output cap that n's first call may be sent with.
func (r *run) lowest(n *node) int64 {
	declared := n.first
	if r.OutputCap != CapHistory || n.recut != nil || declared.MinOutput < declared.MaxOutput || n.task.Request != nil && n.task.Request.Choices > 1 {
		return declared.MinOutput
	}
	if tokens, ok := r.predictor.ceiling(n.group); ok {
		return min(max(tokens, n.output), declared.MaxOutput)
	}
	return declared.MaxOutput
}

// lower is call with the largest output cap that can be paid for now, shared with as many others as could begin beside
// it, but not below the least; the error is why not even that can be. It takes nothing.
func (r *run) lower(ctx context.Context, n *node, c *crew, call budget.Call, least int64) (budget.Call, error) {
	at := func(output int64) budget.Call {
		call.MinOutput, call.MaxOutput = output, output
		return call
	}
	most := call.MaxOutput
	if err := r.payable(ctx, n, c, at(least)); err != nil {
		return at(least), err
	}
	low, high := least, most // low fits
	for low < high {
		if middle := low + (high-low+1)/2; r.payable(ctx, n, c, at(middle)) == nil {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return at(max(least, low/int64(1+r.beside()))), nil
}

// beside is how many other tasks that are planned could begin now, had they the budget.
func (r *run) beside() int {
	idle := -1 // one of them is for the task itself
	for _, c := range r.crews {
		if r.free(c) {
			idle += c.allowed - c.running
		}
	}
	ready := 0
	for _, q := range r.ready {
		for _, n := range *q {
			if n.planned {
				if ready++; ready >= idle {
					return max(0, idle)
				}
			}
		}
	}
	return ready
}

// promiseOf is the most that a call is about to reserve, whose output cap may have been lowered.
func (r *run) promiseOf(call budget.Call, lowered int64) budget.Amount {
	if lowered > 0 {
		call.MinOutput, call.MaxOutput = lowered, lowered
	}
	return r.Manager.Most(call)
}

// again adds to a task's result what its first, cut answer was charged; where nothing better came of the task, that answer
// is its output.
func (r *Result) again(cut *Result) {
	r.Attempts, r.Estimate, r.Tokens = r.Attempts+cut.Attempts, r.Estimate+cut.Estimate, r.Tokens+cut.Tokens
	r.Usage = r.Usage.Add(cut.Usage)
	r.Recut, r.Assumed = cut.Tokens, r.Assumed || cut.Assumed
	if r.Cost != nil && cut.Cost != nil {
		r.Cost = new(*r.Cost + *cut.Cost)
	} else {
		r.Cost = nil
	}
	if r.Outcome == Done {
		return
	}
	r.Worker, r.Model, r.Digest, r.Group, r.Expected, r.Started = cut.Worker, cut.Model, cut.Digest, cut.Group, cut.Expected, cut.Started
	r.Output, r.ToolCalls, r.Reasoning, r.Finish, r.Choices = cut.Output, cut.ToolCalls, cut.Reasoning, cut.Finish, cut.Choices
	r.Refusal, r.Logprobs = cut.Refusal, cut.Logprobs
}

package trace_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/trace"
)

// The bound is no less than the optimum, found by looking at every set, and little more where tasks are many and
// small. What has to be held as well is worth no more.
func TestTheBoundIsABound(t *testing.T) {
	for _, shape := range trace.Shapes {
		for seed := range uint64(20) {
			p := trace.New(seed, shape, seed%2 == 0, 10)
			for _, share := range []float64{.15, .4, .7, 1} {
				limit := int64(share * float64(p.Cost()))
				best, bound := optimum(p, limit), p.Bound(limit)
				if bound < best-1e-6 {
					t.Errorf("%s, seed %d, %v: the bound %v is less than the optimum %v", shape, seed, share, bound, best)
				}
				if held := p.BestHeld(limit); held > best+1e-9 {
					t.Errorf("%s, seed %d, %v: %v with holds is more than %v without", shape, seed, share, held, best)
				}
			}
			if all, bound := p.BestHeld(1<<40), p.Bound(1<<40); bound < all-1e-6 || bound > all*1.01 {
				t.Errorf("%s, seed %d: everything is worth %v, the bound says %v", shape, seed, all, bound)
			}
		}
	}
}

// optimum is the most worth of a closed set that costs no more than limit.
func optimum(p trace.Problem, limit int64) (best float64) {
	for set := range 1 << len(p.Tasks) {
		worth, cost, closed := 0.0, int64(0), true
		for i, task := range p.Tasks {
			if set&(1<<i) == 0 {
				continue
			}
			worth, cost = worth+task.Worth(), cost+task.Cost()
			for _, j := range task.Needs {
				closed = closed && set&(1<<j) != 0
			}
		}
		if closed && cost <= limit {
			best = max(best, worth)
		}
	}
	return best
}

// With slots for all and a budget for everything, a greedy run takes as long as its longest chain.
func TestGreedyTakesAsLongAsItsLongestChain(t *testing.T) {
	p := trace.Problem{Tasks: []trace.Task{{Output: 50, Cap: 50}, {Output: 100, Cap: 200, Needs: []int{0}}, {Output: 10, Cap: 10}}}
	if got, want := p.Greedy(1000), p.Tasks[0].Takes()+p.Tasks[1].Takes(); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := p.Greedy(200), p.Tasks[0].Takes(); got != want { // the second's hold does not fit
		t.Errorf("with a budget for the first alone: %v, want %v", got, want)
	}
}

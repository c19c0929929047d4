package orchestrator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// randomFile adds n tasks: half of them depend on one to three earlier ones, sizes are log-normal, most
// are of normal priority, and an answer uses between a fifth and all of its cap. It returns what all use.
func (w *world) randomFile(rng *rand.Rand, n int) (need budget.Usage) {
	for i := range n {
		t := worker.Task{ID: fmt.Sprint("t", i), Priority: []int{0, 0, 0, 0, 1, 1, 2, 3}[rng.IntN(8)]}
		if i > 0 && rng.IntN(2) == 0 {
			for range 1 + rng.IntN(3) {
				if up := fmt.Sprint("t", rng.IntN(i)); !slices.Contains(t.DependsOn, up) {
					t.DependsOn = append(t.DependsOn, up)
				}
			}
		}
		most := int64(200 * math.Exp(rng.NormFloat64()))
		s := spec{input: int64(100 * math.Exp(rng.NormFloat64())), most: most + 1}
		s.output = int64(float64(s.most) * (0.2 + 0.8*rng.Float64()))
		s.takes = time.Duration(s.output) * time.Millisecond
		w.add(t, s)
		need.Input, need.Output = need.Input+s.input, need.Output+s.output
	}
	return need
}

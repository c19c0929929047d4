package orchestrator

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

var valueSeeds = flag.Int("value.seeds", 20, "how many random task files TestValueUnderATightBudget tries")

// policy orders the nodes of a run, in place of rank.
type policy struct {
	name  string
	order func([]*node) // nil for the scheduler's own
}

var policies = []policy{
	{"first come, first served", func(nodes []*node) {
		reorder(nodes, func(a, b *node) int { return 0 })
	}},
	{"priority alone", func(nodes []*node) {
		reorder(nodes, func(a, b *node) int { return cmp.Compare(b.task.Priority, a.task.Priority) })
	}},
	{"this scheduler", nil},
}

// reorder ranks the nodes by compare and then by file order; nothing is kept for anybody.
func reorder(nodes []*node, compare func(a, b *node) int) {
	order := slices.Clone(nodes)
	slices.SortStableFunc(order, compare)
	for i, n := range order {
		n.rank, n.priority = i, 0
	}
}

// TestValueUnderATightBudget runs random task files through the real loop with budget for 40% of what all
// tasks use, and compares the value of what is finished, a task being worth two to the power of its
// priority. The scheduler must not be worse than simpler ones on the average, whether tokens or money are
// limited.
func TestValueUnderATightBudget(t *testing.T) {
	for _, money := range []bool{false, true} {
		t.Run(fmt.Sprint("money ", money), func(t *testing.T) { compareValues(t, money) })
	}
}

func compareValues(t *testing.T, money bool) {
	sums := make(map[string]float64)
	urgent := make(map[string]float64)
	for seed := range uint64(*valueSeeds) {
		for _, p := range policies {
			value, top := valueOf(t, seed, p, money)
			sums[p.name] += value / float64(*valueSeeds)
			urgent[p.name] += top / float64(*valueSeeds)
		}
	}
	for _, p := range policies {
		t.Logf("%-26s %.3f of the value, %.3f of the most urgent tasks", p.name, sums[p.name], urgent[p.name])
	}
	own := sums["this scheduler"]
	if own < sums["first come, first served"] || own < sums["priority alone"] {
		t.Errorf("seeds 0 to %d: %v", *valueSeeds-1, sums)
	}
	if urgent["this scheduler"] < 0.95 {
		t.Errorf("seeds 0 to %d, of the most urgent: %v", *valueSeeds-1, urgent)
	}
}

// valueOf is the share of the value that a policy finishes of one random file, and the share of the most
// urgent tasks.
func valueOf(t *testing.T, seed uint64, p policy, money bool) (value, urgent float64) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		need := w.randomFile(rand.New(rand.NewPCG(seed, 0)), 120)
		if w.config.Limits = total(need.Tokens() * 2 / 5); money {
			price := budget.FlatPrice(1_000_000, 4_000_000)
			w.config.Prices = budget.Prices{"m": price}
			w.config.Limits = budget.Limits{budget.Total: budget.Limit{}.WithCost(price.Cost(&need) * 2 / 5)}
		}
		manager, err := budget.Open(t.Context(), w.config)
		if err != nil {
			t.Fatal(err)
		}
		w.manager, w.options.Manager = manager, manager
		w.hire("a", 8)
		var all, allUrgent float64
		w.options.OnResult = func(r Result) error {
			w.results[r.ID] = r
			return nil
		}
		r, err := newRun(t.Context(), w.options)
		if err != nil {
			t.Fatal(err)
		}
		if p.order != nil {
			p.order(r.nodes)
			r.floor = newFloor(r.nodes, budget.Limit{Tokens: new(int64)}) // nothing is kept for anybody
			for _, n := range r.nodes {
				r.floor.leave(n)
			}
		}
		r.loop(budget.WithScopes(t.Context(), budget.Run("r")))
		w.checkBooks()
		for _, task := range w.options.Tasks {
			worth := math.Exp2(float64(task.Priority))
			done := 0.0
			if w.results[task.ID].Outcome == Done {
				done = 1
			}
			all, value = all+worth, value+worth*done
			if task.Priority == 3 {
				allUrgent, urgent = allUrgent+1, urgent+done
			}
		}
		value /= all
		urgent /= max(1, allUrgent)
	})
	return value, urgent
}

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

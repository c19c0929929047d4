package simulate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// newSetup makes the rules of one seed. The limits are small, so that callers meet them all the time.
func newSetup(r *rand.Rand, memory bool) setup {
	s := setup{mode: budget.Strict, onFull: budget.Wait}
	if r.IntN(5) == 0 {
		s.mode = budget.Soft
	}
	if r.IntN(5) == 0 {
		s.onFull = budget.Refuse
	}
	if !memory {
		s.daily = r.IntN(2) == 0
		s.timeout = []time.Duration{0, time.Minute, 3 * time.Hour}[r.IntN(3)]
		s.faulty = []int{0, 5, 30}[r.IntN(3)]
	}
	dear := budget.FlatPrice(20*budget.USD, 60*budget.USD)
	dear.CacheRead, dear.CacheWrite1h = 2*budget.USD, 40*budget.USD
	s.rules = rules{
		soft: s.mode == budget.Soft, refuse: s.onFull == budget.Refuse, allowance: []int64{0, 30}[r.IntN(2)],
		prices: budget.Prices{"cheap": budget.FlatPrice(budget.USD/3, budget.USD), "dear": dear},
	}
	s.limits = budget.Limits{budget.Total: budget.TokenLimit(300 + r.Int64N(1500))}
	for range r.IntN(5) {
		scope := anyScope(r)
		s.limits[scope] = anyLimit(r, scope)
	}
	return s
}

var models = []string{"cheap", "dear", "free"}

func anyScope(r *rand.Rand) budget.Scope {
	return []budget.Scope{
		budget.Total, budget.Model(""), budget.Model(models[r.IntN(3)]), budget.Run(""), budget.Worker(""),
		budget.Worker(fmt.Sprint("w", r.IntN(3))), budget.Task(""), budget.Task(fmt.Sprint("t", r.IntN(4))),
	}[r.IntN(8)]
}

func anyLimit(r *rand.Rand, s budget.Scope) budget.Limit {
	wide := map[budget.Kind]int64{
		budget.KindTotal: 2500, budget.KindModel: 1500, budget.KindRun: 9000, budget.KindWorker: 3000, budget.KindTask: 1500,
	}[s.Kind]
	switch r.IntN(10) {
	case 0, 1, 2:
		return budget.Limit{}
	case 3:
		return budget.TokenLimit(r.Int64N(2)) // nothing, or nothing worth having
	case 4:
		return budget.CostLimit(budget.NanoUSD(r.Int64N(wide * 20_000)))
	case 5:
		return budget.TokenLimit(r.Int64N(wide)).WithCost(budget.NanoUSD(r.Int64N(wide * 20_000)))
	}
	return budget.TokenLimit(r.Int64N(wide))
}

// first is how the first manager of a world is opened.
func (w *world) first() opening {
	w.runs = 1
	return opening{limits: w.setup.limits, run: "r1"}
}

// inherit is how the next manager is opened: in the same run or in another, under the same limits or new ones.
func (w *world) inherit() opening {
	o := opening{limits: maps.Clone(w.model.limits), run: w.run, release: w.rnd.IntN(3) == 0, newPeriod: w.rnd.IntN(4) == 0}
	switch w.rnd.IntN(4) {
	case 0:
		w.runs++
		o.run = fmt.Sprint("r", w.runs)
	case 1:
		o.run = fmt.Sprint("r", 1+w.rnd.IntN(w.runs))
	}
	if w.rnd.IntN(3) == 0 {
		s := anyScope(w.rnd)
		o.limits[s] = anyLimit(w.rnd, s)
	}
	if w.rnd.IntN(2) == 0 {
		o.limits[budget.Total] = budget.TokenLimit(300 + w.rnd.Int64N(1500))
	}
	return o
}

// setup is what one seed is about.
type setup struct {
	mode    budget.Mode
	onFull  budget.OnFull
	daily   bool
	timeout time.Duration
	limits  budget.Limits
	rules   rules
	faulty  int // writes of a thousand that fail
}

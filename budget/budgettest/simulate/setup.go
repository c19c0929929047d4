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
	s.rules = rules{
		soft: s.mode == budget.Soft, refuse: s.onFull == budget.Refuse, allowance: []int64{0, 30}[r.IntN(2)],
		prices: pricesOf(r),
	}
	s.limits = budget.Limits{budget.Total: budget.TokenLimit(300 + r.Int64N(1500))}
	for range r.IntN(5) {
		scope := anyScope(r)
		s.limits[fold(budget.Account{Scope: scope}).Scope] = anyLimit(r, scope)
	}
	return s
}

// models are what calls ask for: two names of one family, one with a price of its own, one whose price is nothing, and
// one without a price.
var models = []string{"cheap", "dear", "free", "cheap-2026", "dear-2027", "zero", "unknown:free"}

// pricesOf are the prices of a seed: with tiers, with a context that is long soon, or plain.
func pricesOf(r *rand.Rand) budget.Prices {
	cheap, dear, own := budget.FlatPrice(budget.USD/3, budget.USD), costly(1), costly(2)
	if r.IntN(3) > 0 {
		cheap.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}, "flex": {Num: 1, Den: 2}}
		cheap.Regions = map[string]budget.Ratio{"us": {Num: 11, Den: 10}}
		dear.Services = map[string]budget.Ratio{"priority": {Num: 7, Den: 3}, "fast": {Num: 6, Den: 1}, "flex": {Num: 1, Den: 3}}
		own.Regions = map[string]budget.Ratio{"us": {Num: 9, Den: 7}, "eu": {Num: 3, Den: 2}}
	}
	if r.IntN(2) == 0 {
		dear.Contexts = []budget.ContextPrice{{Above: 30, Price: costly(2)}, {Above: 200, Price: costly(3)}}
		cheap.Contexts = []budget.ContextPrice{{Above: 45, Price: budget.FlatPrice(budget.USD/4, 2*budget.USD)}} // its input is cheaper
	}
	return budget.Prices{"cheap": cheap, "dear": dear, "dear-2027": own, "zero": {}}
}

// costly is a price whose kinds of input differ.
func costly(times budget.NanoUSD) budget.Price {
	p := budget.FlatPrice(20*times*budget.USD, 60*times*budget.USD)
	p.CacheRead, p.CacheWrite1h = 2*times*budget.USD, 40*times*budget.USD
	return p
}

func anyModel(r *rand.Rand) string { return models[r.IntN(len(models))] }

// anyTier is what calls ask for and answers name: mostly nothing, at times what no price knows.
func anyTier(r *rand.Rand) (t budget.Tier) {
	if r.IntN(2) == 0 {
		t.Service = []string{"", "standard", "priority", "flex", "fast", "ultra"}[r.IntN(6)]
	}
	if r.IntN(3) == 0 {
		t.Region = []string{"", "global", "us", "eu", "moon"}[r.IntN(5)]
	}
	return t
}

func anyScope(r *rand.Rand) budget.Scope {
	return []budget.Scope{
		budget.Total, budget.Model(""), budget.Model(anyModel(r)), budget.Run(""), budget.Worker(""),
		budget.Worker(fmt.Sprint("w", r.IntN(3))), budget.Task(""), budget.Task(fmt.Sprint("t", r.IntN(4))),
		budget.Label(""), budget.Label(fmt.Sprint("l", r.IntN(3))),
	}[r.IntN(10)]
}

func anyLimit(r *rand.Rand, s budget.Scope) budget.Limit {
	wide := map[budget.Kind]int64{
		budget.KindTotal: 2500, budget.KindModel: 1500, budget.KindLabel: 1500, budget.KindRun: 9000, budget.KindWorker: 3000, budget.KindTask: 1500,
	}[s.Kind]
	switch r.IntN(10) {
	case 0, 1, 2:
		return budget.Limit{}
	case 3:
		return budget.TokenLimit(r.Int64N(2)) // nothing, or nothing worth having
	case 4:
		return budget.Limit{}.WithCost(budget.NanoUSD(r.Int64N(wide * 20_000)))
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
		o.limits[fold(budget.Account{Scope: s}).Scope] = anyLimit(w.rnd, s)
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

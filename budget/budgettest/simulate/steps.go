package simulate

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// newSetup makes the rules of one seed. The limits are small, so that callers meet them all the time.
func newSetup(r *rand.Rand, memory bool) setup {
	s := setup{memory: memory, mode: budget.Strict, onFull: budget.Wait}
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

// step does one thing and waits until nothing moves any more.
func (w *world) step(n int) error {
	w.rnd, w.steps = rand.New(rand.NewPCG(w.seed, uint64(n)+1)), n+1
	if err := w.act(); err != nil {
		return err
	}
	synctest.Wait()
	return w.observe()
}

func (w *world) act() error {
	if w.manager == nil {
		w.note("a new owner")
		return w.begin(w.inherit())
	}
	if w.gate != nil {
		pending := w.gate.pending()
		if len(pending) > 0 && w.rnd.IntN(100) < 20+10*len(pending) {
			return w.settleWrite(pending[w.rnd.IntN(len(pending))], w.fate())
		}
		if w.rnd.IntN(100) < w.mortality() {
			w.note("crash")
			w.crash()
			return nil
		}
	}
	for _, a := range actions {
		if w.rnd.IntN(100) < a.percent {
			return a.act(w)
		}
	}
	return w.arrive()
}

// mortality is the chance of a crash in a step, in percent. Who is stopped does not live long.
func (w *world) mortality() int {
	if w.model.stopped {
		return 10
	}
	return w.rnd.IntN(2) * w.rnd.IntN(2) * w.rnd.IntN(2)
}

var actions = []struct {
	percent int
	act     func(*world) error
}{
	{40, (*world).endHold},
	{8, (*world).cancelOne},
	{5, (*world).learn},
	{8, (*world).endTab},
	{6, (*world).changeLimit},
	{6, (*world).resetPeriod},
	{6, (*world).sleep},
	{8, (*world).askOnly},
}

// changing reports whether the period or a limit is being changed.
func (w *world) changing() bool {
	return slices.ContainsFunc(w.ops, func(o *op) bool {
		return o.at == writing && (o.key == string(budget.OpReset) || o.key == string(budget.OpLimit))
	})
}

// crowded reports whether a caller who comes now would line up with others for the period that is due:
// they would go on in an order that nobody decides.
func (w *world) crowded() bool { return w.due() && (w.changing() || w.flushing()) }

// flushing reports whether a caller writes its tab before it asks.
func (w *world) flushing() bool {
	return slices.ContainsFunc(w.ops, func(o *op) bool {
		return o.at == writing && o.held != nil && strings.HasPrefix(o.key, "end ")
	})
}

func (w *world) scopes() []budget.Scope {
	var scopes []budget.Scope
	if w.rnd.IntN(10) == 0 {
		return nil
	}
	scopes = append(scopes, budget.Run(w.run))
	if w.rnd.IntN(8) > 0 {
		scopes = append(scopes, budget.Worker(fmt.Sprint("w", w.rnd.IntN(3))))
	}
	if w.rnd.IntN(8) > 0 {
		scopes = append(scopes, budget.Task(fmt.Sprint("t", w.rnd.IntN(4))))
	}
	return scopes
}

func (w *world) scoped(scopes []budget.Scope) context.Context {
	if len(scopes) == 0 {
		return w.life
	}
	return budget.WithScopes(w.life, scopes...)
}

// newCall makes up a call.
func (w *world) newCall(scopes []budget.Scope) *call {
	w.serial++
	c := &call{
		id: fmt.Sprintf("c%d", w.serial), counted: int64(w.serial), model: models[w.rnd.IntN(3)], scopes: scopes,
		input: 1 + w.rnd.Int64N(60), cacheWrite: w.rnd.IntN(3) == 0, unbounded: w.rnd.IntN(15) == 0,
	}
	if w.rnd.IntN(12) == 0 {
		c.input *= 10
	}
	c.max = w.rnd.Int64N(80)
	c.min = []int64{0, c.max, w.rnd.Int64N(c.max + 1)}[w.rnd.IntN(3)]
	return c
}

func (w *world) arrive() error {
	if len(w.ops) > 12 || w.crowded() {
		return nil
	}
	scopes := w.scopes()
	ctx, t := w.scoped(scopes), (*tab)(nil)
	if w.rnd.IntN(3) == 0 {
		if t = w.anyTab(scopes); t.writing > 0 {
			return nil
		}
		ctx, scopes = t.ctx, t.scopes
	}
	c := w.newCall(scopes)
	if w.store != nil && w.serial > 1 && w.rnd.IntN(40) == 0 {
		id := fmt.Sprintf("c%d", 1+w.rnd.IntN(w.serial-1))
		if !slices.ContainsFunc(w.ops, func(o *op) bool { return o.call != nil && o.call.id == id }) {
			c.id = id // which was used before, perhaps by a hold that is open
		}
	}
	try := w.rnd.IntN(8) == 0
	nested := len(w.open) > 0 && w.rnd.IntN(8) == 0
	if nested {
		ctx = budget.WithReservation(ctx, w.open[w.rnd.IntN(len(w.open))].reservation)
	}
	c.mayWait = !try && !nested && (t == nil || t.first != budget.Refuse || t.begun)
	w.note("%s asks for %d + %d to %d of %s in %v (tab %v, may wait %v)", c.id, c.input, c.min, c.max, c.model, scopes, t, c.mayWait)
	w.reserve(ctx, c, t, try)
	return nil
}

func (t *tab) String() string {
	if t == nil {
		return "none"
	}
	return t.name
}

// anyTab returns one of three tabs, made if need be.
func (w *world) anyTab(scopes []budget.Scope) *tab {
	if len(w.tabs) < 3 {
		w.serial++
		t := &tab{name: fmt.Sprint("tab", w.serial), scopes: scopes, first: []budget.OnFull{budget.Wait, budget.Refuse}[w.rnd.IntN(2)]}
		t.ctx, t.tab = w.manager.Tab(w.scoped(scopes), t.first)
		w.tabs = append(w.tabs, t)
		return t
	}
	return w.tabs[w.rnd.IntN(len(w.tabs))]
}

// endHold ends a reservation, perhaps one that has ended already or whose end could not be written.
func (w *world) endHold() error {
	if len(w.open) == 0 {
		return w.arrive()
	}
	i := w.rnd.IntN(len(w.open))
	h := w.open[i]
	if h.call.ended && w.rnd.IntN(2) == 0 {
		w.open = slices.Delete(w.open, i, i+1)
	}
	ctx := w.life
	if w.rnd.IntN(4) == 0 { // ending ignores that its context was cancelled
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		ctx = cancelled
	}
	if w.rnd.IntN(4) > 0 {
		h.reservation.Sent()
		h.call.sent = h.call.sent || !h.call.ended && !h.call.ending
	}
	switch w.rnd.IntN(6) {
	case 0:
		w.note("release %s", h.call.id)
		w.finish(h, released(), func() error { return h.reservation.Release(ctx, "status 500") })
	case 1:
		w.note("close %s", h.call.id)
		w.finish(h, w.model.closing(h.call), func() error { return h.reservation.Close(ctx) })
	default:
		o := w.outcome(h.call)
		w.note("settle %s with %+v", h.call.id, o)
		w.finish(h, w.model.chargeFor(h.call, o), func() error { return h.reservation.Settle(ctx, o) })
	}
	return nil
}

// outcome makes up how an attempt ended.
func (w *world) outcome(c *call) budget.Outcome {
	r := w.rnd
	o := budget.Outcome{Usage: budget.Usage{Input: r.Int64N(c.input + 1), Output: r.Int64N(c.output + 1)}}
	switch r.IntN(9) {
	case 0:
		o.Usage.Output += c.output + r.Int64N(60) // more than was held
	case 1:
		o.Usage.CacheRead, o.Usage.CacheWrite1h = c.input-o.Usage.Input, r.Int64N(30)
	case 2:
		o = budget.Outcome{Assumed: true, Reason: "cut"}
	case 3:
		o.Assumed = true
	case 4:
		o.Usage.Output = -1 - r.Int64N(5)
	case 5:
		o.Usage.Input += budget.MaxTokens + 1
	case 6:
		o.Usage.Fees = budget.NanoUSD(r.Int64N(1_000_000))
	}
	if r.IntN(5) == 0 {
		o.Served = []string{"dear", "cheap", "cheap-2026"}[r.IntN(3)]
	}
	if r.IntN(8) == 0 {
		o.Billed = new(budget.NanoUSD(r.Int64N(3_000_000) - 100_000))
	}
	return o
}

func (w *world) cancelOne() error {
	var in []*op
	for _, o := range w.ops {
		if o.cancel != nil && !o.left && (o.at == waitingInLine || o.at == writing && o.key == "reserve "+o.call.id) {
			in = append(in, o)
		}
	}
	if len(in) == 0 {
		return nil
	}
	o := in[w.rnd.IntN(len(in))]
	w.note("cancel %s", o.name)
	o.left = true
	o.cancel()
	if o.at == waitingInLine {
		w.answer(w.model.leave(o.call))
		o.end("cancelled")
	}
	return nil
}

// learn records usage that had no hold.
func (w *world) learn() error {
	if w.crowded() {
		return nil
	}
	c := w.newCall(w.scopes())
	c.input, c.min, c.max, c.unbounded = 0, 0, 0, false
	o := w.outcome(c)
	o.Usage.Input = w.rnd.Int64N(80)
	w.note("record %s of %s in %v: %+v", c.id, c.model, c.scopes, o)
	w.record(w.scoped(c.scopes), c, o)
	return nil
}

func (w *world) endTab() error {
	if len(w.tabs) == 0 {
		return nil
	}
	i := w.rnd.IntN(len(w.tabs))
	t := w.tabs[i]
	if t.writing > 0 {
		return nil
	}
	w.serial++
	result := ""
	if w.rnd.IntN(2) == 0 {
		result = fmt.Sprint("result ", w.serial)
	}
	w.note("close %s with %q", t.name, result)
	w.closeTab(t, result)
	return nil
}

func (w *world) changeLimit() error {
	if w.changing() || w.crowded() {
		return nil
	}
	s := anyScope(w.rnd)
	l := anyLimit(w.rnd, s)
	if w.rnd.IntN(2) == 0 { // else hardly anything would be admitted for long
		s, l = budget.Total, budget.TokenLimit(300+w.rnd.Int64N(2500))
	}
	w.note("limit of %v: %s", s, show(l))
	w.setLimit(s, l)
	return nil
}

func (w *world) resetPeriod() error {
	if w.changing() || w.crowded() {
		return nil
	}
	w.note("reset")
	w.reset()
	return nil
}

func (w *world) sleep() error {
	if w.flushing() {
		return nil
	}
	d := []time.Duration{time.Nanosecond, time.Second, 20 * time.Second, 50 * time.Minute, 7 * time.Hour, 30 * time.Hour}[w.rnd.IntN(6)]
	w.note("%v pass", d)
	time.Sleep(d)
	return nil
}

// askOnly compares what changes nothing.
func (w *world) askOnly() error {
	if w.due() {
		return nil
	}
	c := w.newCall(w.scopes())
	v, _ := w.model.ask(c)
	want := map[verdict]string{granted: "ok", waits: string(exceeded)}[v]
	if want == "" {
		want = string(v)
	}
	if got := class(w.manager.Check(w.scoped(c.scopes), c.ask())); got != want {
		return fmt.Errorf("check of %d + %d to %d of %s in %v: %q, want %q", c.input, c.min, c.max, c.model, c.scopes, got, want)
	}
	left := w.manager.Remaining(w.scoped(c.scopes), c.model)
	for _, a := range w.model.accountsOf(c) {
		counters, l := of(w.model.present, a), w.model.limits.Of(a.Scope)
		if l.Tokens != nil && *left.Tokens > *l.Tokens-counters.Settled.Tokens-counters.Held.Tokens {
			return fmt.Errorf("remaining %d tokens, %v has less", *left.Tokens, a)
		}
	}
	return nil
}

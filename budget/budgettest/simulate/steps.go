package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

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
	{10, (*world).correct},
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
	for _, l := range w.rnd.Perm(3)[:w.rnd.IntN(4)] {
		scopes = append(scopes, budget.Label(fmt.Sprint("l", l)))
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
	outer := budget.WithScopes(w.life, scopes[:1]...)
	return budget.WithScopes(outer, scopes[1:]...)
}

// newCall makes up a call.
func (w *world) newCall(scopes []budget.Scope) *call {
	w.serial++
	c := &call{
		id: fmt.Sprintf("c%d", w.serial), counted: int64(w.serial), model: anyModel(w.rnd), scopes: scopes,
		input: 1 + w.rnd.Int64N(60), cacheWrite: w.rnd.IntN(3) == 0, unbounded: w.rnd.IntN(15) == 0,
	}
	if w.rnd.IntN(12) == 0 {
		c.input *= 10
	}
	if w.rnd.IntN(3) == 0 {
		c.tier = anyTier(w.rnd)
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
		if t = w.anyTab(scopes); t.writing > 0 || w.waits(t) {
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
		ctx = w.open[w.rnd.IntN(len(w.open))].reservation.Context(ctx)
	}
	c.mayWait = !try && !nested && (t == nil || t.first != budget.Refuse || t.begun)
	w.note("%s asks for %d + %d to %d of %s at %q in %v (tab %v, may wait %v)", c.id, c.input, c.min, c.max, c.model, c.tier, scopes, t, c.mayWait)
	w.reserve(ctx, c, t, try)
	return nil
}

// waits reports whether a call under t waits. Of two that are granted together nobody knows which comes onto the tab first,
// and a tab that is closed ends them in that order.
func (w *world) waits(t *tab) bool {
	return slices.ContainsFunc(w.ops, func(o *op) bool { return o.at == waitingInLine && o.tab == t })
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

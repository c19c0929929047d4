package simulate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Steps that end something.

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
		w.finish(h, released(h.call), true, func() error { return h.reservation.Release(ctx, "status 500") })
	case 1:
		w.note("close %s", h.call.id)
		w.finish(h, w.model.closing(h.call), false, func() error { return h.reservation.Close(ctx) })
	default:
		o := w.outcome(h.call)
		w.note("settle %s with %+v", h.call.id, o)
		w.finish(h, w.model.chargeFor(h.call, o), false, func() error { return h.reservation.Settle(ctx, o) })
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
	if r.IntN(20) == 0 {
		absurd(r, &o)
	}
	if r.IntN(5) == 0 { // one side is not known, or none, and something was delivered perhaps
		o.Unknown, o.Delivered = budget.Sides(1+r.IntN(3)), r.Int64N(100)*r.Int64N(2)
	}
	if r.IntN(5) == 0 {
		o.Served = []string{"dear", "cheap", "cheap-2026", "dear-2026", "nobody"}[r.IntN(5)]
	}
	if r.IntN(3) == 0 {
		o.Tier = anyTier(r)
	}
	if r.IntN(8) == 0 {
		o.Billed = anyBill(r)
	}
	return o
}

// absurd puts figures into o that no sum could count, or only just.
func absurd(r *rand.Rand, o *budget.Outcome) {
	u := &o.Usage
	buckets := []*int64{&u.Input, &u.CacheRead, &u.CacheWrite1h, &u.Output, &u.Reasoning}
	a, b := buckets[r.IntN(5)], buckets[r.IntN(5)]
	switch r.IntN(8) {
	case 0:
		*a, *b = math.MaxInt64, math.MaxInt64-r.Int64N(3)
		u.CacheRead += 2 // they wrap to a small sum
	case 1:
		*a, *b = 1<<62, 1<<62
	case 2:
		*a, *b = 1<<53, 1<<53
	case 3:
		*a, *b = 1<<39, 1<<39+r.Int64N(2)
	case 4:
		*a = 1<<40 + r.Int64N(2)
	case 5:
		u.Fees = 1e15 + budget.NanoUSD(r.Int64N(2))
	case 6:
		o.Unknown, o.Delivered = budget.OutputSide, []int64{1 << 39, 1 << 40, math.MaxInt64, -5}[r.IntN(4)]
	case 7:
		*a = math.MinInt64
	}
}

func anyBill(r *rand.Rand) *budget.NanoUSD {
	switch r.IntN(8) {
	case 0, 1:
		return new(budget.NanoUSD(0))
	case 2:
		return new(budget.NanoUSD(1e15 + r.Int64N(2)))
	}
	return new(budget.NanoUSD(r.Int64N(3_000_000) - 100_000))
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
	if !possible(o) && w.rnd.IntN(4) > 0 {
		o.Usage, o.Billed = budget.Usage{Input: w.rnd.Int64N(80)}, nil
	}
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

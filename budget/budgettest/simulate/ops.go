package simulate

import (
	"context"
	"errors"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// The operations of callers: what the manager is asked, and beside it what the model says.

// reserve asks for c, by TryReserve if try is set.
func (w *world) reserve(ctx context.Context, c *call, t *tab, try bool) {
	ctx, cancel := context.WithCancel(ctx)
	o := &op{name: "reserve " + c.id, call: c, cancel: cancel, held: &held{call: c}, tab: t}
	ask := w.manager.Reserve
	if try {
		ask = w.manager.TryReserve
	}
	w.spawn(o, func() (err error) {
		o.reservation, err = ask(ctx, c.ask())
		return err
	})
	admit := func() { w.turn(o, func() { w.decided(o, w.model.arrive(c)) }) }
	if t == nil || len(t.pending) == 0 {
		admit()
		return
	}
	w.flush(o, t, "", func(err error) {
		if err != nil {
			o.end(class(err))
			return
		}
		admit()
	})
}

// ask is the call as the manager sees it.
func (c *call) ask() budget.Call {
	b := budget.Call{
		ID: c.id, Model: c.model, Input: c.input, Counted: c.counted, MinOutput: c.min, MaxOutput: c.max, CacheWrite: c.cacheWrite,
	}
	if c.unbounded {
		b.Bound = budget.None
	}
	return b
}

// turn begins the period that is due, if one is, before next.
func (w *world) turn(o *op, next func()) {
	switch {
	case !w.due():
		next()
	case w.model.stopped:
		o.end(string(closed))
	default:
		w.newPeriod(o, time.Now(), func(err error) {
			if err != nil {
				o.end(class(err))
				return
			}
			next()
		})
	}
}

func (w *world) due() bool {
	return w.setup.daily && !time.Now().Before(w.model.periodEnd())
}

func (w *world) newPeriod(o *op, start time.Time, then func(error)) {
	id := w.model.period + 1
	w.write(o, string(budget.OpReset), func() { w.model.bookReset(id, start) }, func(err error) {
		if err == nil {
			w.answer(w.model.reset(id, start))
		}
		then(err)
	})
}

// decided goes on with a reservation after its verdict.
func (w *world) decided(o *op, v verdict) {
	switch {
	case v == granted:
		w.bookHold(o)
	case v == waits && o.left:
		w.answer(w.model.leave(o.call))
		o.end("cancelled")
	case v == waits:
		o.at = waitingInLine
	default:
		o.end(string(v))
	}
}

func (w *world) bookHold(o *op) {
	c := o.call
	w.fresh = append(w.fresh, c)
	if earlier := w.calls[c.id]; w.store != nil && earlier != nil && !earlier.ended {
		w.answer(w.model.giveBack(c))
		o.end("conflict")
		return
	}
	w.calls[c.id] = c
	w.write(o, "reserve "+c.id, func() { w.model.bookReserve(c) }, func(err error) {
		switch {
		case err != nil:
			w.answer(w.model.giveBack(c))
			o.end(class(err))
		case o.left:
			w.model.decide(c, released())
			w.writeEnd(o, "cancelled", "cancelled")
		default:
			w.opened(o)
		}
	})
}

func (w *world) opened(o *op) {
	o.held.since = time.Now()
	if o.tab != nil {
		o.call.tab = o.tab
		o.tab.begun = true
		o.tab.open = append(o.tab.open, o.call)
	}
	w.open = append(w.open, o.held)
	o.end("ok")
}

func (w *world) writeEnd(o *op, good, bad string) {
	c := o.call
	w.write(o, "end "+c.id, func() { w.model.bookEnd(c) }, func(err error) {
		if err != nil {
			c.ending = false
			o.end(bad)
			return
		}
		w.answer(w.model.finish(c))
		o.end(good)
	})
}

// finish ends the hold h with act, which the model knows as ch.
func (w *world) finish(h *held, ch *charge, act func() error) {
	o := &op{name: "end " + h.call.id, call: h.call}
	w.spawn(o, act)
	if h.call.ended || h.call.ending {
		o.end("ok")
		return
	}
	w.model.decide(h.call, ch)
	if t := h.call.tab; t != nil && w.store != nil {
		t.pending = append(t.pending, h.call)
		o.end("ok")
		return
	}
	w.writeEnd(o, "ok", class(errFault))
}

// flush writes what is pending on the tab, and result.
func (w *world) flush(o *op, t *tab, result string, then func(error)) {
	pending := t.pending
	t.pending, t.writing = nil, t.writing+1
	name := "result " + result
	if len(pending) > 0 {
		name = "end " + pending[0].id
	}
	book := func() {
		for _, c := range pending {
			w.model.bookEnd(c)
		}
	}
	w.write(o, name, book, func(err error) {
		t.writing--
		if err != nil {
			t.pending = append(pending, t.pending...)
			then(err)
			return
		}
		t.result = ""
		for _, c := range pending {
			w.answer(w.model.finish(c))
		}
		then(nil)
	})
}

func (w *world) closeTab(t *tab, result string) {
	o := &op{name: "close " + t.name, tab: t}
	var kept []byte
	if result != "" {
		kept = []byte(result)
	}
	ctx := w.life
	w.spawn(o, func() error { return t.tab.Close(ctx, kept) })
	open := t.open
	t.open = nil
	for _, c := range open {
		if c.ended || c.ending {
			continue
		}
		w.model.decide(c, w.model.closing(c))
		if w.store == nil {
			w.answer(w.model.finish(c))
		} else {
			t.pending = append(t.pending, c)
		}
	}
	if t.result == "" {
		t.result = result
	}
	if w.store == nil {
		o.end("ok")
		return
	}
	if len(t.pending) == 0 && t.result == "" {
		o.end("ok")
		return
	}
	w.flush(o, t, t.result, func(err error) { o.end(class(err)) })
}

// closing is how Close ends a call.
func (m *model) closing(c *call) *charge {
	if c.sent {
		return m.chargeFor(c, budget.Outcome{Assumed: true})
	}
	return released()
}

func (w *world) record(ctx context.Context, c *call, outcome budget.Outcome) {
	o := &op{name: "record " + c.id, call: c}
	m := w.manager
	w.spawn(o, func() error { return m.Record(ctx, c.ask(), outcome) })
	w.turn(o, func() {
		c.accounts = w.model.accountsOf(c)
		ch := w.model.chargeFor(c, outcome)
		ch.cause = budget.CauseRecorded
		w.model.decide(c, ch)
		w.write(o, "record "+c.id, func() { w.model.bookEnd(c) }, func(err error) {
			if err != nil {
				w.answer(w.model.forget(c))
			} else {
				w.answer(w.model.finish(c))
			}
			o.end(class(err))
		})
	})
}

func (w *world) reset() {
	o := &op{name: "reset"}
	m := w.manager
	w.spawn(o, func() error { return m.Reset(w.life) })
	if w.model.stopped {
		o.end(string(closed))
		return
	}
	w.newPeriod(o, time.Now(), func(err error) { o.end(class(err)) })
}

// setLimit lowers at once and raises when the books have it.
func (w *world) setLimit(s budget.Scope, l budget.Limit) {
	o := &op{name: "limit"}
	m := w.manager
	w.spawn(o, func() error { return m.SetLimit(w.life, s, l) })
	if w.model.stopped {
		o.end(string(closed))
		return
	}
	debts := w.model.limit(s, narrower(w.model.limits.Of(s), l))
	w.answer(w.model.unfit())
	w.answer(w.model.serve())
	w.write(o, string(budget.OpLimit), func() { w.model.bookDebts(debts) }, func(err error) {
		if err == nil {
			w.model.limit(s, l)
			w.answer(w.model.serve())
		}
		o.end(class(err))
	})
}

func narrower(a, b budget.Limit) budget.Limit {
	if b.Tokens == nil || a.Tokens != nil && *a.Tokens < *b.Tokens {
		b.Tokens = a.Tokens
	}
	if b.Cost == nil || a.Cost != nil && *a.Cost < *b.Cost {
		b.Cost = a.Cost
	}
	return b
}

// class is the kind of an error.
func class(err error) string {
	var over *budget.ExceededError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, budget.ErrStopped):
		return string(closed)
	case errors.Is(err, budget.ErrConflict):
		return "conflict"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, errFault):
		return "failed write"
	case errors.Is(err, budget.ErrUnbounded):
		return string(noBound)
	case errors.As(err, new(*budget.MissingScopeError)):
		return string(noScope)
	case errors.As(err, new(*budget.UnpricedError)):
		return string(noPrice)
	case errors.As(err, &over) && over.Final():
		return string(exceededEver)
	case errors.As(err, &over):
		return string(exceeded)
	}
	return err.Error()
}

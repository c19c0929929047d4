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
		ID: c.id, Model: c.model, Input: c.input, Counted: c.counted, MinOutput: c.min, MaxOutput: c.max, CacheWrite: c.cacheWrite, Tier: c.tier,
	}
	if c.unbounded {
		b.Certainty = budget.None
	}
	return b
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
			w.decide(c, released(c))
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

// class is the kind of an error.
func class(err error) string {
	var over *budget.ExceededError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, budget.ErrStopped):
		return string(closed)
	case errors.Is(err, budget.ErrUncountable):
		return string(noCount)
	case errors.Is(err, budget.ErrConflict):
		return "conflict"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, errFault):
		return "failed write"
	case errors.Is(err, budget.ErrUnbounded):
		return string(noBound)
	case errors.Is(err, budget.ErrUnscoped):
		return string(noScope)
	case errors.As(err, new(*budget.UnpricedError)):
		return string(noPrice)
	case errors.As(err, &over) && over.Final():
		return string(exceededEver)
	case errors.As(err, &over):
		return string(exceeded)
	}
	return refusal(err)
}

package simulate

import (
	"context"
	"maps"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Operations that change the period, a limit or what is settled, without a hold.

// turn begins the period that is due, if one is, before next.
func (w *world) turn(o *op, next func()) {
	switch {
	case !w.due():
		next()
	case w.model.stopped && !w.model.full:
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

func (w *world) record(ctx context.Context, c *call, outcome budget.Outcome) {
	o := &op{name: "record " + c.id, call: c}
	m := w.manager
	w.spawn(o, func() error { return m.Record(ctx, c.ask(), outcome) })
	if !possible(outcome) {
		o.end(notRecordable)
		return
	}
	w.turn(o, func() {
		c.accounts = w.model.accountsOf(c)
		c.tierHeld = c.tier
		ch := w.model.chargeFor(c, outcome)
		ch.cause = budget.CauseRecorded
		for _, a := range c.accounts {
			if !w.model.roomFor(a, ch.used, true) {
				if ch.learn != nil {
					ch.learn()
				}
				o.end(string(noCount))
				return
			}
		}
		w.decide(c, ch)
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
	if w.model.stopped && !w.model.full {
		o.end(string(closed))
		return
	}
	w.newPeriod(o, time.Now(), func(err error) { o.end(class(err)) })
}

// setLimit lowers at once and raises when the books have it. The limit of a model is its family's.
func (w *world) setLimit(s budget.Scope, l budget.Limit) {
	o := &op{name: "limit"}
	m, named := w.manager, s
	w.spawn(o, func() error { return m.SetLimit(w.life, named, l) })
	s = fold(budget.Account{Scope: s}).Scope
	if w.model.stopped {
		o.end(string(closed))
		return
	}
	if !w.model.owable(s, l) {
		o.end(string(noCount))
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

// owable reports whether the debts that a limit makes can be counted.
func (m *model) owable(s budget.Scope, l budget.Limit) bool {
	then := maps.Clone(m.limits)
	then[s] = l
	for a, c := range m.present {
		spent, owed := c.Settled.Add(c.Held), c.Debt.Total()
		more := above(then.Of(a.Scope), spent).Sub(above(m.limits.Of(a.Scope), spent)).Max(budget.Amount{})
		if owed.Tokens > maxSum-more.Tokens || owed.Cost > maxSum-more.Cost {
			return false
		}
	}
	return true
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

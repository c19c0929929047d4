package budget

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// charge is how a hold ends: computed once, booked once.
type charge struct {
	op       Op
	at       time.Time // when it was known: a repeated write is the same entry
	outcome  Outcome   // with the usage that is charged
	used     Amount
	overrun  Amount // the part of used above what was granted
	unpriced bool
	priced   bool               // the cost of used is what a price makes of the usage
	cause    Cause              // of debts
	debts    [len(kinds)]Amount // what the overrun put each account into debt
	returned [len(kinds)]Amount // the soft debt that unused tokens take back
}

// settle computes what o charges. It changes nothing but the charge. The caller holds the manager's mutex.
func (h *hold) settle(o *Outcome) {
	c := &h.charge
	c.op, c.cause, c.outcome = OpSettle, CauseOverrun, *o
	if !o.possible() {
		h.disbelieve()
	}
	if o.Assumed && o.Usage.IsZero() {
		c.outcome.Unknown = BothSides
	}
	if c.outcome.Unknown != 0 {
		h.assume(&c.outcome)
	}
	h.value()
	if c.used.Cost > MaxAttemptCost {
		h.disbelieve()
		h.assume(&c.outcome)
		h.value()
	}
}

// disbelieve makes the outcome one of which nothing is known that can be.
func (h *hold) disbelieve() {
	o := &h.charge.outcome
	o.Usage, o.Unknown, o.Reason = Usage{}, BothSides, "the usage reported is not possible"
	if !o.billable() {
		o.Billed, o.LeastCost = nil, 0
	}
}

// possible reports whether an attempt can have ended so.
func (o *Outcome) possible() bool { return o.Usage.Possible() && o.billable() }

// billable reports whether an attempt can have cost what the provider says, if it says anything.
func (o *Outcome) billable() bool {
	return (o.Billed == nil || *o.Billed >= 0 && *o.Billed <= MaxAttemptCost) && o.LeastCost >= 0 && o.LeastCost <= MaxAttemptCost
}

// assume puts the hold's share in place of what o does not know.
func (h *hold) assume(o *Outcome) {
	o.Assumed = true
	whole := h.wholeHold(min(o.Delivered, MaxAttemptTokens/2))
	if o.Unknown&InputSide != 0 {
		o.Usage.Input, o.Usage.CacheRead, o.Usage.AudioInput = whole.Input, whole.CacheRead, whole.AudioInput
		o.Usage.CacheWrite5m, o.Usage.CacheWrite1h = whole.CacheWrite5m, whole.CacheWrite1h
	}
	if o.Unknown&OutputSide != 0 {
		o.Usage.Output, o.Usage.AudioOutput = whole.Output, whole.AudioOutput
		o.Usage.Reasoning = min(o.Usage.Reasoning, o.Usage.Output)
	}
}

// release makes the charge one of nothing.
func (h *hold) release(why string) {
	h.charge.op, h.charge.outcome, h.charge.unpriced = OpRelease, Outcome{Reason: why}, h.price == nil
}

// wholeHold is the usage that the hold stands for, with at least so much output. A hold that comes from the books may
// be smaller than its output cap: then all of it is output.
func (h *hold) wholeHold(delivered int64) Usage {
	output := max(min(h.output, h.granted.Tokens), delivered)
	if h.price != nil {
		return h.price.worst(h.call.Input, output, h.call.CacheWrite)
	}
	return Usage{Input: h.call.Input, Output: output}
}

// begin takes the part of the charge that must be visible before it is written: an overrun counts from the moment
// it is known. What returns, returns only when the books have it (see finish), so that whatever instant a
// crash cuts out, the books hold no less than was spent. The caller holds the manager's mutex.
func (h *hold) begin() {
	c := &h.charge
	if h.manager.cfg.Ledger != nil { // asking for the time is a good part of what a settlement takes
		c.at = time.Now().UTC()
	}
	c.overrun = c.used.Sub(h.granted).Max(Amount{})
	if !c.overrun.IsZero() {
		h.cut()
	}
	unused := h.granted.Sub(c.used).Max(Amount{})
	h.amount = h.granted.Add(c.overrun)
	for i, a := range h.accounts.each() {
		if !c.overrun.IsZero() {
			c.debts[i] = a.hold(c.overrun, c.cause)
		}
		c.returned[i] = h.soft[i].Min(unused)
	}
	h.settling = true
}

// cut takes from the charge what would take a sum past the most that is counted, says so in it, and ends admission: a
// counter must neither wrap nor differ from its entries. The caller holds the manager's mutex.
func (h *hold) cut() {
	c := &h.charge
	room := Amount{maxSum, maxSum}
	for _, a := range h.accounts.each() {
		room = room.Min(Amount{maxSum, maxSum}.Sub(a.spent()))
		if a.limited() {
			room = room.Min(Amount{maxSum, maxSum}.Sub(a.Debt.Total()))
		}
	}
	if room.Max(c.overrun) == room {
		return
	}
	over := c.overrun.Sub(room).Max(Amount{})
	c.overrun, c.used, c.priced = c.overrun.Sub(over), c.used.Sub(over), false
	c.outcome.Usage.less(over.Tokens)
	c.outcome.Usage.Fees = min(c.outcome.Usage.Fees, c.used.Cost)
	c.outcome.Assumed, c.outcome.Reason = true, fmt.Sprintf("cut by %v: the sums can count no more", over)
	h.manager.end(ErrUncountable)
}

// finish ends h: the hold is gone, what was used is settled, waiters are served. It returns the warnings
// to give once the mutex, which the caller holds, is free.
func (m *Manager) finish(h *hold) []Status {
	c := &h.charge
	var warnings []Status
	for i, a := range h.accounts.each() {
		a.Held = a.Held.Sub(h.amount)
		if back := c.returned[i]; !back.IsZero() {
			a.addDebt(CauseSoft, Amount{}.Sub(back))
		}
		if c.op == OpRelease {
			continue
		}
		a.Settled = a.Settled.Add(c.used)
		a.Overrun = a.Overrun.Add(c.overrun)
		if c.outcome.Assumed {
			a.Assumed = a.Assumed.Add(c.used)
		}
		if c.unpriced {
			a.Unpriced += c.used.Tokens
		}
		warnings = m.crossing(a, warnings)
	}
	m.recycle(h)
	m.serve()
	return warnings
}

// endEntry is the entry that ends h. The caller holds the manager's mutex.
func (h *hold) endEntry() Entry {
	c := &h.charge
	e := h.entry(c.op, c.at)
	e.Reason, e.RequestID, e.Served, e.Assumed = c.outcome.Reason, c.outcome.RequestID, c.outcome.Served, c.outcome.Assumed
	e.Unpriced = c.unpriced
	if c.priced {
		e.PriceVersion = h.manager.cfg.PriceVersion
	}
	if c.op != OpRelease {
		e.Tier = c.outcome.Tier
		e.Usage, e.Used, e.Overrun = c.outcome.Usage, c.used, c.overrun
	}
	for i := range h.accounts.each() {
		scope := h.accounts.scope(i)
		e.addDebt(scope, c.cause, c.debts[i])
		e.addDebt(scope, CauseSoft, Amount{}.Sub(c.returned[i]))
	}
	return e
}

// commit writes the entries, the last of them perhaps a result, and then finishes the holds. On an error
// the holds stay open, to be ended again by their owners or their tab.
func (m *Manager) commit(ctx context.Context, holds []*hold, entries ...Entry) error {
	err := m.append(ctx, entries...)
	m.mu.Lock()
	var warnings []Status
	for _, h := range holds {
		if err != nil {
			h.ending = h.kept // a tab keeps the entry and writes it again; else Settle can be repeated
			continue
		}
		warnings = append(warnings, m.finish(h)...)
	}
	m.mu.Unlock()
	if errors.Is(err, ErrUncountable) {
		m.stop(err)
	}
	if err != nil {
		return fmt.Errorf("budget: book the settlement: %w", err)
	}
	m.warn(warnings)
	return nil
}

// append writes entries, whatever becomes of ctx. A failed write ends admission; a refusal, which says that the
// ledger is whole and has none of the entries, is left to the caller.
func (m *Manager) append(ctx context.Context, entries ...Entry) error {
	err := m.cfg.Ledger.Append(context.WithoutCancel(ctx), entries...)
	if err != nil && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUncountable) {
		m.stop(err)
	}
	return err
}

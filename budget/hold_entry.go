package budget

import "time"

// entry begins an entry about h. The caller holds m.mu.
func (h *hold) entry(op Op, at time.Time) Entry {
	return Entry{
		ID: h.call.ID, Op: op, Time: at, Period: h.accounts.period,
		Scopes: h.accounts.scopes(), Model: h.call.Model, Certainty: h.call.Certainty, Counted: h.call.Counted,
		Output: h.output, Hold: h.granted, Unpriced: h.price == nil, Tier: h.tier,
	}
}

// reserveEntry is the entry that takes h. The caller holds m.mu.
func (h *hold) reserveEntry() Entry {
	e := h.entry(OpReserve, time.Now().UTC())
	for i, a := range h.accounts.each() {
		e.addDebt(a.key.Scope, CauseSoft, h.shares[i].soft)
	}
	return e
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
		e.addDebt(scope, c.cause, h.shares[i].debt)
		e.addDebt(scope, CauseSoft, Amount{}.Sub(h.shares[i].returned))
	}
	return e
}

func (e *Entry) addDebt(s Scope, cause Cause, amount Amount) {
	if !amount.IsZero() {
		e.Debts = append(e.Debts, Debt{s, cause, amount})
	}
}

package budget

import "errors"

// phase is where a hold is in its life. The transitions are the methods in this file, each made under the manager's mutex;
// nobody else sets a field of a hold.
//
//	        grant             opened          send
//	 ended ───────▶ granted ────────▶ open ────────▶ sent ◀── adopt (a dead owner's)
//	   ▲               │                └──────┬───────┘
//	   │◀── giveBack ──┘                       │ end
//	   │                                       ▼
//	   │                            ┌────── charged ◀─┐
//	   │                       keep │          │      │
//	   │                            ▼    write ▼      │ failed
//	   │◀──────── finish ──────── onTab     ending ───┘ ◀── record (never held)
//	   │◀──────── finish ──────────────────────┘
//
//	transition  from               to       counts on each of its accounts
//	grant       ended              granted  held + the hold; in soft mode, debt for what of it passes the limit
//	giveBack    granted            ended    what grant counted, back
//	opened      granted            open     nothing: the books have it, and from now on it can leak
//	adopt       ended              sent     nothing: the books count it already
//	send        open               sent     nothing: an end without an outcome is charged from now on
//	end         open, sent         charged  held + overrun, and debt for what of it passes the limit
//	record      ended              ending   the same; all of it is above the hold, which is none
//	keep        charged            onTab    nothing: it is written with what it paid for
//	write       charged            ending   nothing
//	failed      ending             charged  nothing: the overrun stays, and the same end can be written again
//	failed      onTab              as is    nothing: its tab writes it again
//	finish      ending, onTab      ended    held - all of it, settled + used, soft debt - what was not used
//	giveBack    ending (a record)  ended    what record counted, back
type phase uint8

const (
	ended   phase = iota
	granted       // the books do not have it yet
	open
	sent
	charged // how it ends is known, and is not being written
	ending  // that is being written
	onTab   // that waits on the tab, or is being written with it
)

// hold is what a reservation keeps from everyone else. Ended holds are used again, so that the steady state
// allocates nothing; gen tells a handle of an earlier life from one of this.
type hold struct {
	gen   uint64
	phase phase
	terms
	amount Amount            // as held now: granted, grown by an overrun
	shares []share           // of each account in what is owed
	few    [len(kinds)]share // where they are, unless there are several labels
	over   bool              // admitted over a limit, in soft mode
	tab    *Tab
	charge charge // from charged on
	leash
}

// share is what a hold does to the debt of one of its accounts.
type share struct {
	soft     Amount // booked by the grant
	debt     Amount // booked by the end: what the overrun adds above the limit
	returned Amount // of soft: what unused tokens take back
}

// alive reports whether a reservation can still end the hold.
func (h *hold) alive() bool { return h.phase == open || h.phase == sent || h.phase == charged }

// grant takes the hold on every account. The caller holds m.mu.
func (m *Manager) grant(d *demand, output int64) *hold {
	h := m.newHold()
	h.phase = granted
	h.charges(d.accounts)
	h.call, h.price, h.tier = d.call, d.price, d.tier
	h.output = output
	h.granted = d.most
	if output != d.call.MaxOutput {
		h.granted = d.amount(output)
	}
	h.amount = h.granted
	for i, a := range d.accounts.each() {
		if m.cfg.Mode != Soft {
			a.Held = a.Held.Add(h.granted)
			continue
		}
		h.shares[i].soft = a.hold(h.granted, CauseSoft)
		h.over = h.over || !a.over().IsZero()
	}
	return h
}

// adopt makes a hold of the reserve entry of a dead owner. The caller holds m.mu.
func (m *Manager) adopt(e Entry) *hold {
	h := m.newHold()
	h.phase = sent
	h.call = Call{ID: e.ID, Model: e.Model, Input: max(0, e.Hold.Tokens-e.Output), Counted: e.Counted, MaxOutput: e.Output, Certainty: e.Certainty}
	h.charges(m.accountsOf(e))
	h.output, h.granted, h.amount, h.tier = e.Output, e.Hold, e.Hold, e.Tier
	for i, s := range e.Scopes {
		for _, d := range e.Debts {
			if d.Scope == s && d.Cause == CauseSoft {
				h.shares[i].soft = d.Amount
			}
		}
	}
	return h
}

// record makes a hold of nothing, of a call that is over, and ends it with o. It refuses what could take a sum past
// what is counted. The caller holds m.mu.
func (m *Manager) record(c *Call, accounts *resolution, o *Outcome) (*hold, error) {
	h := m.newHold()
	h.charges(accounts)
	h.call, h.price, h.tier = *c, accounts.price, c.Tier
	h.charge.record(&h.terms, o)
	if err := h.countable(); err != nil {
		m.recycle(h)
		return nil, err
	}
	h.begin()
	h.charge.overrun = Amount{} // nothing was held, so nothing was held too little
	h.write()
	return h, nil
}

// opened is the transition of a hold that the books have, or that no books are to have. The caller holds m.mu.
func (h *hold) opened(tab *Tab) {
	h.phase, h.tab = open, tab
	if h.manager.cfg.HoldTimeout > 0 {
		h.manager.watch(h)
	}
}

// send is that of a hold whose attempt may have left. The caller holds m.mu.
func (h *hold) send() {
	if h.phase == open {
		h.phase = sent
	}
}

// end charges what compute makes of the outcome, once: whoever ends the hold again ends it the same. The caller
// holds m.mu.
func (h *hold) end(compute func(*hold)) {
	if h.phase == charged {
		return
	}
	left := h.phase == sent
	h.manager.open.remove(h) // it has not leaked, however long its tab stays open
	compute(h)
	h.begin()
	if h.tab != nil {
		h.tab.ended(h, left)
	}
}

// begin takes the part of the charge that must be visible before it is written: an overrun counts from the moment
// it is known. What returns, returns only when the books have it (see finish), so that whatever instant a
// crash cuts out, the books hold no less than was spent. The caller holds m.mu.
func (h *hold) begin() {
	c := &h.charge
	h.manager.journal.stamp(&c.at)
	c.overrun = c.used.Sub(h.granted).Max(Amount{})
	if !c.overrun.IsZero() && c.cut(&h.terms) {
		h.manager.stop(ErrUncountable)
	}
	unused := h.granted.Sub(c.used).Max(Amount{})
	h.amount = h.granted.Add(c.overrun)
	for i, a := range h.accounts.each() {
		s := &h.shares[i]
		if !c.overrun.IsZero() {
			s.debt = a.hold(c.overrun, c.cause)
		}
		s.returned = s.soft.Min(unused)
	}
	h.phase = charged
}

// keep leaves the end to the hold's tab. The caller holds m.mu.
func (h *hold) keep() {
	h.phase = onTab
	h.tab.keep(h)
}

// write is the transition of a hold whose end is about to be written. The caller holds m.mu.
func (h *hold) write() { h.phase = ending }

// failed is that of one whose end was not written: its owner can end it again, or its tab. The caller holds m.mu.
func (h *hold) failed(err error) {
	if h.phase == ending {
		h.phase = charged
	}
	if errors.Is(err, ErrUncountable) {
		h.manager.stop(err)
	}
}

// finish ends h: the hold is gone, what was used is settled, waiters are served. It returns the warnings
// to give once the mutex, which the caller holds, is free.
func (m *Manager) finish(h *hold) []Status {
	c := &h.charge
	released, warns := c.op == OpRelease, len(m.cfg.Thresholds) > 0
	var warnings []Status
	for i, a := range h.accounts.each() {
		a.Held = a.Held.Sub(h.amount)
		if back := h.shares[i].returned; !back.IsZero() {
			a.addDebt(CauseSoft, Amount{}.Sub(back))
		}
		if released {
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
		if warns {
			warnings = m.crossing(a, warnings)
		}
	}
	if c.op != OpRecord { // which may have the id of an open hold
		m.journal.free(h.call.ID)
	}
	m.recycle(h)
	m.serve()
	return warnings
}

// giveBack undoes a grant or a record that is not in the books. The caller holds m.mu.
func (m *Manager) giveBack(h *hold) {
	for i, a := range h.accounts.each() {
		a.Held = a.Held.Sub(h.amount)
		a.addDebt(CauseSoft, Amount{}.Sub(h.shares[i].soft))
		if h.charge.op == OpRecord {
			a.addDebt(CauseRecorded, Amount{}.Sub(h.shares[i].debt))
		}
	}
	m.recycle(h)
	m.serve()
}

package budget

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Adjust corrects what an attempt was charged. of is all that the books have of the attempt, in order: its
// reservation, how that ended (or the record of it) and its earlier corrections. o says what it was really
// charged: the usage and, where they are known, the cost that was billed and the model that served it;
// without the cost the prices decide, as in a settlement. o.Reason is required, o.Assumed has no meaning.
//
// Nothing in the books changes. Two entries are added on the attempt's own scopes and period, both or
// neither: one takes back what stands, marked as that was, and one charges o, exactly. Their ids are the
// attempt's with ~1 and ~2, a repeated correction goes on with ~3 and ~4. An attempt that is charged less
// owes less; an excess over a limit is debt of the cause [CauseRecorded]. Adjust returns the two entries.
// After an error nothing of it counts; it is [ErrConflict] if of lacks a correction that the books have. What could not
// be counted is refused: a cost above the largest, and a sum that would leave an account of the manager or, where the
// ledger has a method Totals as [Memory] has, any other one near the largest number.
//
// A period that is over has no limit in force any more. The limits of a run, its workers and its tasks are
// known to a manager that was opened for that run ([Config].Run).
func (m *Manager) Adjust(ctx context.Context, of []Entry, o Outcome) ([]Entry, error) {
	s, err := standingOf(of)
	if err != nil {
		return nil, fmt.Errorf("budget: adjust: %w", err)
	}
	if strings.TrimSpace(o.Reason) == "" {
		return nil, errors.New("budget: adjust: a reason is required")
	}
	if !o.possible() {
		return nil, fmt.Errorf("budget: adjust: no attempt can have used %+v (at most %d tokens and %v)", o.Usage, MaxAttemptTokens, MaxAttemptCost)
	}
	stored, err := m.countersOf(ctx, s.charge)
	if err != nil {
		return nil, fmt.Errorf("budget: adjust: %w", err)
	}
	m.mu.Lock()
	if m.stopped != nil {
		defer m.mu.Unlock()
		return nil, m.stopped
	}
	a := m.adjustment(s, o, stored)
	if err := a.check(s); err != nil {
		defer m.mu.Unlock()
		return nil, fmt.Errorf("budget: adjust: %w", err)
	}
	a.begin()
	err = booked("adjustment", m.post(ctx, posting{
		entries: func() []Entry { return []Entry{a.undo, a.redo} },
		after:   func() []Status { return a.end(true) },
		failed:  func(error) { a.end(false) },
	}))
	m.changes.Add(1)
	if err != nil {
		return nil, err
	}
	return []Entry{a.undo, a.redo}, nil
}

// standing is what the books say of an attempt at this moment.
type standing struct {
	id      string
	charge  Entry // the one that stands: the settlement, release or record, or the newest correction
	hold    Amount
	held    bool // there was a hold
	record  bool // it is a record, which needs no hold
	owing   []Debt
	changes int // how many adjustments there are
}

// standingOf reads all entries of one attempt.
func standingOf(of []Entry) (s standing, err error) {
	if len(of) == 0 {
		return s, errors.New("the books have no such attempt")
	}
	s.id = of[0].ID
	for _, e := range of {
		switch {
		case e.Op == OpAdjust && e.ID == fmt.Sprintf("%s~%d", s.id, s.changes+1):
			s.changes++
			s.charge = e
		case e.Op == OpAdjust || e.ID != s.id:
			return s, fmt.Errorf("entry %s is not of attempt %s", e.ID, s.id)
		case e.Op == OpReserve:
			s.hold, s.held = e.Hold, true
		case e.Op == OpSettle || e.Op == OpRelease || e.Op == OpRecord:
			s.charge, s.record = e, s.record || e.Op == OpRecord
		}
		s.owe(e.Debts)
	}
	switch {
	case s.held && s.record:
		return s, fmt.Errorf("the books have a hold and a record of attempt %s: two attempts had one id, and nothing tells which is meant", s.id)
	case s.charge.Op != "":
		return s, nil
	case s.held:
		return s, fmt.Errorf("attempt %s is still open: it ends with its run, or when the next run begins", s.id)
	}
	return s, fmt.Errorf("entry %s is not an attempt", s.id)
}

// owe sums debts by scope and cause.
func (s *standing) owe(debts []Debt) {
next:
	for _, d := range debts {
		for i := range s.owing {
			if o := &s.owing[i]; o.Scope == d.Scope && o.Cause == d.Cause {
				o.Amount = o.Amount.Add(d.Amount)
				continue next
			}
		}
		s.owing = append(s.owing, d)
	}
}

// adjustment is a correction on its way into the books.
type adjustment struct {
	manager    *Manager
	undo, redo Entry
	accounts   []*account // of their scopes
	raise      Amount     // what it charges more than stood
	excess     []Amount   // that the raise puts each account into debt
}

// adjustment prepares the two entries. Accounts that m has not loaded are as stored. The caller holds m.mu.
func (m *Manager) adjustment(s standing, o Outcome, stored map[Account]Counters) *adjustment {
	c := s.charge
	a := &adjustment{manager: m}
	base := Entry{
		Op: OpAdjust, Time: m.adjustmentTime(), Period: c.Period, Scopes: c.Scopes, Model: c.Model, Reason: o.Reason,
	}
	a.undo, a.redo = base, base
	a.undo.ID, a.redo.ID = fmt.Sprintf("%s~%d", s.id, s.changes+1), fmt.Sprintf("%s~%d", s.id, s.changes+2)
	a.undo.Served, a.undo.Tier, a.undo.RequestID, a.undo.PriceVersion = c.Served, c.Tier, c.RequestID, c.PriceVersion
	taken := c.negated()
	a.undo.Used, a.undo.Usage, a.undo.Overrun = taken.Used, taken.Usage, taken.Overrun
	a.undo.Unpriced, a.undo.Assumed = c.Unpriced, c.Assumed

	a.redo.Served, a.redo.RequestID, a.redo.Tier = cmp.Or(o.Served, c.Served), cmp.Or(o.RequestID, c.RequestID), c.Tier
	m.charge(&a.redo, o)
	if s.held {
		a.redo.Overrun = a.redo.Used.Sub(s.hold).Max(Amount{})
	}
	a.raise = a.redo.Used.Sub(c.Used)
	a.undo.Debts = lessened(s.owing, Amount{}.Sub(a.raise))
	for _, scope := range c.Scopes {
		key := c.Account(scope)
		acc, loaded := m.accounts[m.folded(key)]
		if !loaded { // of a closed period or another run: no limit is in force
			acc = &account{key: key, Counters: stored[key]}
			acc.setLimit(Limit{})
		}
		a.accounts = append(a.accounts, acc)
	}
	a.excess = make([]Amount, len(a.accounts))
	return a
}

// adjustmentTime is the present, or the next nanosecond after the last correction: one that is asked for twice on a
// clock that has not ticked must not be the same entries, which a ledger accepts as a repeat of the first. The
// caller holds m.mu.
func (m *Manager) adjustmentTime() time.Time {
	now := time.Now().UTC().Round(0)
	if !now.After(m.adjusted) {
		now = m.adjusted.Add(1)
	}
	m.adjusted = now
	return now
}

// charge makes e charge what o says.
func (m *Manager) charge(e *Entry, o Outcome) {
	o.Tier, o.LeastCost = o.Tier.Or(e.Tier), 0 // what it came to in the end is known
	c := charge{outcome: o}
	c.cost(m.priceServed(e.Served, e.Model, m.priceOf(e.Model)), o.Billed != nil)
	e.Usage, e.Used, e.Tier, e.Unpriced = c.outcome.Usage, c.used, c.outcome.Tier, c.unpriced
	if c.priced {
		e.PriceVersion = m.cfg.PriceVersion
	}
}

// lessened returns what debts shrink by, as negative debts, when their attempt is charged less by amount:
// no scope's by more than that.
func lessened(owing []Debt, amount Amount) []Debt {
	var out []Debt
	left := make(map[Scope]Amount)
	for _, d := range owing {
		rest, seen := left[d.Scope]
		if !seen {
			rest = amount.Max(Amount{})
		}
		back := d.Amount.Min(rest).Max(Amount{})
		left[d.Scope] = rest.Sub(back)
		if !back.IsZero() {
			out = append(out, Debt{d.Scope, d.Cause, Amount{}.Sub(back)})
		}
	}
	return out
}

// negated returns e charging the opposite.
func (e Entry) negated() Entry {
	e.Usage, e.Used, e.Overrun = e.Usage.negated(), Amount{}.Sub(e.Used), Amount{}.Sub(e.Overrun)
	return e
}

// begin takes at once what the correction charges more, as a hold would; see [hold.begin].
func (a *adjustment) begin() {
	for i, acc := range a.accounts {
		a.excess[i] = acc.hold(a.raise.Max(Amount{}), CauseRecorded)
		a.redo.addDebt(a.redo.Scopes[i], CauseRecorded, a.excess[i])
	}
}

// end makes the counters say what the books say, or what they said before if the correction is not in them.
func (a *adjustment) end(booked bool) []Status {
	var warnings []Status
	for i, acc := range a.accounts {
		acc.Held = acc.Held.Sub(a.raise.Max(Amount{}))
		acc.addDebt(CauseRecorded, Amount{}.Sub(a.excess[i])) // the entry, if booked, brings it again
		if booked {
			acc.Apply(a.undo, a.undo.Scopes[i])
			acc.Apply(a.redo, a.redo.Scopes[i])
			warnings = a.manager.crossing(acc, warnings)
		}
	}
	a.manager.serve()
	return warnings
}

package budget

import (
	"context"
	"fmt"
	"log/slog"
)

// recover resolves the holds that a dead owner left open: by default as if they had been billed in full,
// for nobody can know that they were not.
func (m *Manager) recover(ctx context.Context, open []Entry) error {
	if len(open) == 0 {
		return nil
	}
	for _, e := range open {
		if !e.Countable() {
			return fmt.Errorf("%w: the hold of attempt %s", ErrUncountable, e.ID)
		}
	}
	holds := make([]*hold, 0, len(open))
	entries := make([]Entry, 0, len(open))
	m.mu.Lock()
	for _, e := range open {
		h := m.adopt(e)
		m.resolveHold(h, e)
		h.begin()
		h.ending = true
		holds, entries = append(holds, h), append(entries, h.endEntry())
	}
	m.mu.Unlock()
	if err := m.commit(ctx, holds, entries...); err != nil {
		return err
	}
	m.log.Warn("open holds of an owner that died were resolved", slog.Int("holds", len(open)),
		slog.String("as", string(entries[0].Op)))
	return nil
}

// resolveHold computes how the hold that e took ends. What was taken is what is charged, whatever the prices
// are today.
func (m *Manager) resolveHold(h *hold, e Entry) {
	if m.cfg.Recover == ReturnHold {
		h.release(ReasonReturned)
		h.charge.outcome.Assumed = true
	} else {
		h.settle(&Outcome{Assumed: true, Reason: ReasonRecovered})
		h.charge.used, h.charge.priced = e.Hold, false
	}
	h.charge.unpriced = e.Unpriced
}

// adopt makes a hold of a reserve entry. The caller holds m.mu.
func (m *Manager) adopt(e Entry) *hold {
	h := m.newHold()
	h.call = Call{ID: e.ID, Model: e.Model, Input: max(0, e.Hold.Tokens-e.Output), Counted: e.Counted, MaxOutput: e.Output, Bound: e.Bound}
	h.accounts = &resolution{manager: m, model: e.Model, period: e.Period, names: e.Scopes}
	for _, s := range e.Scopes {
		key := m.folded(e.Account(s))
		a, loaded := m.accounts[key]
		if !loaded { // of an earlier period or another run: of no interest but for this hold
			a = &account{key: key}
			a.setLimit(Limit{})
			a.Held = e.Hold
		}
		h.accounts.accounts[h.accounts.n] = a
		h.accounts.n++
	}
	h.output, h.granted, h.amount, h.tier, h.sent = e.Output, e.Hold, e.Hold, e.Tier, true
	for i, s := range e.Scopes {
		for _, d := range e.Debts {
			if d.Scope == s && d.Cause == CauseSoft {
				h.soft[i] = d.Amount
			}
		}
	}
	return h
}

package budget

import (
	"context"
	"errors"
	"fmt"
)

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
	var warnings []Warning
	for _, h := range holds {
		if err != nil {
			h.failed()
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

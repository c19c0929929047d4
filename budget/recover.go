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
	m.mu.Lock()
	for _, e := range open {
		h := m.adopt(e)
		h.end(func(h *hold) { h.charge.recover(&h.terms, &e, m.cfg.ReturnHolds) })
		h.write()
		holds = append(holds, h)
	}
	as := holds[0].charge.op
	if err := m.bookEnds(ctx, holds, nil); err != nil {
		return err
	}
	m.log.Warn("open holds of an owner that died were resolved", slog.Int("holds", len(open)),
		slog.String("as", string(as)))
	return nil
}

// accountsOf are the accounts that e is charged to. The caller holds m.mu.
func (m *Manager) accountsOf(e Entry) *resolution {
	r := newResolution(m, e.Model, e.Period)
	r.names = e.Scopes
	for _, s := range e.Scopes {
		key := m.folded(e.Account(s))
		a, loaded := m.accounts[key]
		if !loaded { // of an earlier period or another run: of no interest but for this hold
			a = &account{key: key}
			a.setLimit(Limit{})
			a.Held = e.Hold
		}
		r.accounts = append(r.accounts, a)
	}
	return r
}

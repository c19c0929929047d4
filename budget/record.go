package budget

import (
	"context"
	"fmt"
)

// countable refuses a record that could take a sum past what is counted.
func (h *hold) countable() error {
	for _, a := range h.accounts.each() {
		if !a.counts(h.charge.used) || !a.owes(h.charge.used) {
			return fmt.Errorf("%w: %v beside the %v of %v", ErrUncountable, h.charge.used, a.spent(), a.key.Scope)
		}
	}
	return nil
}

// Record books usage that had no hold: usage learnt only afterwards. It charges the scopes of ctx, the
// model and the total; what exceeds a limit is debt. c gives the id and the model; its other figures say
// what was expected, if anything was.
//
// With a ledger the record is durable when Record returns. After an error nothing of it counts, and Record
// can be called again.
func (m *Manager) Record(ctx context.Context, c Call, o Outcome) error {
	c.MaxOutput = max(c.MaxOutput, c.MinOutput)
	if err := c.validate(); err != nil {
		return err
	}
	if !o.possible() {
		return fmt.Errorf("budget: record of a usage that is not possible: %+v", o.Usage)
	}
	tabFrom(ctx).of(m)
	if c.ID == "" {
		c.ID = newID()
	}
	if err := m.turn(ctx); err != nil {
		return err
	}
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	h, err := m.beginRecord(set, c, &o)
	if err != nil {
		m.mu.Unlock()
		return err
	}
	return booked("record", m.post(ctx, posting{
		entries: func() []Entry { return []Entry{h.endEntry()} },
		after: func() []Status {
			tabFrom(ctx).ended(h, true)
			return m.finish(h)
		},
		failed: func(error) { m.giveBack(h) },
	}))
}

// beginRecord counts a record that is still to be booked. The caller holds m.mu.
func (m *Manager) beginRecord(set *scopeSet, c Call, o *Outcome) (*hold, error) {
	if set != nil && set.invalid != nil {
		return nil, set.invalid
	}
	accounts := m.resolve(set, c.Model)
	if accounts.invalid != nil {
		return nil, accounts.invalid
	}
	return m.record(&c, accounts, o)
}

package budget

import (
	"context"
	"fmt"
	"time"
)

// Reset ends the current period and begins the next: total and model scopes start at zero, waiters are
// served. The history stays. Holds that are open settle in the period they were taken in.
func (m *Manager) Reset(ctx context.Context) error {
	m.mu.Lock()
	if m.stopped != nil {
		defer m.mu.Unlock()
		return m.stopped
	}
	next := m.newPeriod(m.period.ID+1, time.Now().UTC())
	m.mu.Unlock()
	if m.cfg.Ledger != nil {
		entry := Entry{ID: fmt.Sprintf("period-%d", next.ID), Op: OpReset, Time: next.Start, Period: next.ID, Scopes: []Scope{Total}}
		if err := m.append(ctx, entry); err != nil {
			return fmt.Errorf("budget: book the reset: %w", err)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.period = next
	for key, a := range m.accounts {
		if key.Period != 0 && key.Period != next.ID && a.Held.IsZero() {
			delete(m.accounts, key)
		}
	}
	m.serve()
	return nil
}

// SetLimit changes the limit of a scope, or of all scopes of a kind that have none of their own. What is
// already spent and held above a lowered limit is booked as debt; raising a limit serves waiters.
func (m *Manager) SetLimit(ctx context.Context, s Scope, l Limit) error {
	m.mu.Lock()
	if m.stopped != nil {
		defer m.mu.Unlock()
		return m.stopped
	}
	m.limits[s] = l
	m.requireKinds()
	entry := Entry{ID: NewID(), Op: OpLimit, Time: time.Now().UTC(), Period: m.period.ID, Scopes: []Scope{s}, Limit: l}
	entries := []Entry{entry}
	for _, a := range m.accounts {
		a.setLimit(m.limits.Of(a.key.Scope))
		a.warned = m.overThreshold(a)
	}
	entries = append(entries, m.lowered()...)
	m.serve()
	m.mu.Unlock()
	if m.cfg.Ledger == nil {
		return nil
	}
	return m.append(ctx, entries...)
}

// bookLowered books as debt what stands above the limits that are in force now, when the books were
// written under higher ones.
func (m *Manager) bookLowered(ctx context.Context) error {
	m.mu.Lock()
	entries := m.lowered()
	m.mu.Unlock()
	if len(entries) == 0 {
		return nil
	}
	return m.append(ctx, entries...)
}

// lowered puts every account above its limit into debt and returns the entries that say so. Each account
// has its own entry, for accounts of different runs cannot share one. The caller holds m.mu.
func (m *Manager) lowered() []Entry {
	var entries []Entry
	for key, a := range m.accounts {
		over := a.bookExcess(CauseLowered)
		if over.IsZero() {
			continue
		}
		scopes := []Scope{key.Scope}
		if key.Run != "" && key.Scope.Kind != KindRun {
			scopes = []Scope{Run(key.Run), key.Scope}
		}
		period := key.Period
		if period == 0 {
			period = m.period.ID
		}
		entries = append(entries, Entry{
			ID: NewID(), Op: OpLimit, Time: time.Now().UTC(), Period: period, Scopes: scopes, Limit: a.limit,
			Debts: []Debt{{key.Scope, CauseLowered, over}},
		})
	}
	return entries
}

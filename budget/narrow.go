package budget

import (
	"context"
	"fmt"
)

// Narrow puts limits of a run's own scopes in force beside the manager's, until restore is called: of two limits of
// one scope the narrower holds, tokens and cost apart. They are the run's alone, whatever other runs call their tasks.
// What the run has spent above one already is booked as debt, as in [Manager.SetLimit]. After an error of the
// ledger admission has stopped, and restore may be called all the same; on any other error nothing was changed.
func (m *Manager) Narrow(ctx context.Context, run string, limits Limits) (restore func(), err error) {
	for s, l := range limits {
		if s.Kind.index() < 0 || s.Kind.OfPeriod() || s.Name == "" {
			panic(fmt.Sprintf("budget: Narrow: %v is no scope of a run", s))
		}
		if err := l.validate(); err != nil {
			return nil, fmt.Errorf("budget: limit of %v: %w", s, err)
		}
	}
	if err := m.changeAlone(ctx); err != nil {
		return nil, err
	}
	defer m.changed()
	m.mu.Lock()
	var entries []Entry
	for s, l := range limits {
		key := Account{Run: run, Scope: s}
		m.narrowed[key] = l
		if a, ok := m.accounts[key]; ok {
			entries = m.relimit(a, entries)
		}
	}
	m.refuseInadmissible()
	m.serve()
	restore = func() { m.widen(run, limits) }
	return restore, booked("limits", m.post(ctx, posting{entries: func() []Entry { return entries }}))
}

// widen ends what Narrow began.
func (m *Manager) widen(run string, limits Limits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for s := range limits {
		key := Account{Run: run, Scope: s}
		delete(m.narrowed, key)
		if a, ok := m.accounts[key]; ok {
			m.relimit(a, nil) // raised: no debt
		}
	}
	m.serve()
	m.changes.Add(1)
}

// limitOf is the limit in force on an account. The caller holds m.mu, or is alone.
func (m *Manager) limitOf(key Account) Limit {
	l := m.limits.Of(key.Scope)
	if own, ok := m.narrowed[key]; ok {
		l = l.narrow(own)
	}
	return l
}

// relimit gives an account the limit in force now, and adds the entry that books what that puts into debt. The caller
// holds m.mu.
func (m *Manager) relimit(a *account, entries []Entry) []Entry {
	before := a.over()
	a.setLimit(m.limitOf(a.key))
	a.warned = m.threshold(a)
	return m.lowered(a, a.over().Sub(before), entries)
}

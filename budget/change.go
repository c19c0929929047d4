package budget

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Reset ends the current period and begins the next: total, model and label scopes start at zero, waiters are
// served. The history stays. Holds that are open settle in the period they were taken in. Where admission has stopped
// because the sums of the period can count no more ([ErrUncountable]), it goes on.
func (m *Manager) Reset(ctx context.Context) error {
	if err := m.changeAlone(ctx); err != nil {
		return err
	}
	defer m.changed()
	return m.nextPeriod(ctx)
}

// changeAlone waits until nobody else changes the period or a limit, or ctx ends. What is changed must come
// into the books in the order in which it took effect. The caller calls changed afterwards.
func (m *Manager) changeAlone(ctx context.Context) error {
	select {
	case m.changing <- struct{}{}:
		return nil
	default:
	}
	select {
	case m.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m *Manager) changed() { <-m.changing }

// nextPeriod begins it. The caller changes alone.
func (m *Manager) nextPeriod(ctx context.Context) error {
	m.mu.Lock()
	if m.stopped != nil && !errors.Is(m.stopped, ErrUncountable) {
		defer m.mu.Unlock()
		return m.stopped
	}
	next := m.newPeriod(m.period.ID+1, time.Now().UTC())
	return booked("reset", m.post(ctx, posting{
		entries: func() []Entry {
			return []Entry{{ID: fmt.Sprintf("period-%d", next.ID), Op: OpReset, Time: next.Start, Period: next.ID, Scopes: []Scope{Total}}}
		},
		after: func() []Status { m.begin(next); return nil },
	}))
}

// begin puts the period in force. The caller holds m.mu.
func (m *Manager) begin(next Period) {
	m.period = next
	for key, a := range m.accounts {
		if key.Period != 0 && key.Period != next.ID && a.Held.IsZero() {
			delete(m.accounts, key)
			delete(m.wide, key)
		}
	}
	if errors.Is(m.stopped, ErrUncountable) {
		m.stopped = m.uncounted()
	}
	m.serve()
	m.changes.Add(1)
}

// Changes counts what may have made room where there was none: other limits, new periods, corrections. Whoever read it before a refusal
// knows that one is out of date once it has grown.
func (m *Manager) Changes() int64 { return m.changes.Load() }

// SetLimit changes the limit of a scope, or of all scopes of a kind that have none of their own. What is
// already spent and held above a lowered limit is booked as debt; raising a limit serves waiters.
//
// A limit is lowered at once and raised when the books have it, so that they never show a hold under a limit
// that they do not know. After an error of the ledger what was lowered stays lowered, and admission has stopped; a limit
// that is below zero, absurd, or would leave more debt than can be counted changes nothing. The books say why it was
// changed where ctx does ([WithReason]).
func (m *Manager) SetLimit(ctx context.Context, s Scope, l Limit) error {
	if err := l.validate(); err != nil {
		return fmt.Errorf("budget: limit of %v: %w", s, err)
	}
	s = m.folded(Account{Scope: s}).Scope
	if err := m.changeAlone(ctx); err != nil {
		return err
	}
	defer m.changed()
	m.mu.Lock()
	if m.stopped != nil {
		defer m.mu.Unlock()
		return m.stopped
	}
	if err := m.owable(s, l); err != nil {
		defer m.mu.Unlock()
		return err
	}
	entry := Entry{ID: newID(), Op: OpLimit, Time: time.Now().UTC(), Period: m.period.ID, Scopes: []Scope{s}, Limit: l, Reason: reasonOf(ctx)}
	entries := append([]Entry{entry}, m.limit(s, l.narrow(m.limits.Of(s)))...)
	m.refuseInadmissible()
	m.serve()
	return booked("limit", m.post(ctx, posting{
		entries: func() []Entry { return entries },
		after: func() []Status {
			m.limit(s, l)
			m.serve()
			m.changes.Add(1)
			return nil
		},
	}))
}

// owable refuses a limit of s that would take a debt past what is counted. The caller holds m.mu.
func (m *Manager) owable(s Scope, l Limit) error {
	for key, a := range m.accounts {
		if _, own := m.limits[key.Scope]; key.Scope != s && (own || s.Name != "" || key.Scope.Kind != s.Kind) {
			continue
		}
		then := account{Counters: a.Counters}
		then.setLimit(l)
		if more := then.over().Sub(a.over()).Max(Amount{}); !a.Debt.Total().Add(more).Countable() {
			return fmt.Errorf("%w: a debt of %v beside the %v that %v owes", ErrUncountable, more, a.Debt.Total(), key.Scope)
		}
	}
	return nil
}

// limit puts l in force and returns the entries that book what it lowers below what is spent and held. The
// caller holds m.mu.
func (m *Manager) limit(s Scope, l Limit) []Entry {
	m.limits[s] = l
	m.requireKinds()
	var entries []Entry
	for _, a := range m.accounts {
		entries = m.relimit(a, entries)
	}
	return entries
}

// showLowered counts as debt what the next owner will book with bookLowered.
func (m *Manager) showLowered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.accounts {
		m.lowered(a, a.over().Sub(a.Debt.Total()), nil)
	}
}

// bookLowered books as debt what stands above the limits that are in force now, when the books were
// written under higher ones.
func (m *Manager) bookLowered(ctx context.Context) error {
	var entries []Entry
	m.mu.Lock()
	for _, a := range m.accounts {
		entries = m.lowered(a, a.over().Sub(a.Debt.Total()), entries)
	}
	return booked("limits", m.post(ctx, posting{entries: func() []Entry { return entries }}))
}

// lowered puts the account into debt, where debt is above zero, and adds the entry that says so. Each
// account has its own, for accounts of different runs cannot share one. The caller holds m.mu.
func (m *Manager) lowered(a *account, debt Amount, entries []Entry) []Entry {
	debt = debt.Max(Amount{})
	if debt.IsZero() {
		return entries
	}
	a.addDebt(CauseLowered, debt)
	key := a.key
	scopes := []Scope{key.Scope} // first, for it is the limit's
	if key.Run != "" && key.Scope.Kind != KindRun {
		scopes = append(scopes, Run(key.Run))
	}
	period := key.Period
	if period == 0 {
		period = m.period.ID
	}
	return append(entries, Entry{
		ID: newID(), Op: OpLimit, Time: time.Now().UTC(), Period: period, Scopes: scopes, Limit: a.limit,
		Debts: []Debt{{key.Scope, CauseLowered, debt}},
	})
}

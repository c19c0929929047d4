package budget

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory is a [Ledger] that is lost with the process: for tests and for simulated runs. It keeps every
// entry and the sums of all. The zero Memory is empty and ready; its methods may be called
// from many goroutines at once.
type Memory struct {
	mu      sync.Mutex
	entries []Entry
	index   map[entryKey]int // where in entries
	totals  map[Account]Counters
}

// entryKey identifies an entry.
type entryKey struct {
	id string
	op Op
}

// Append implements [Ledger]. It keeps the slices that the entries refer to.
func (m *Memory) Append(_ context.Context, entries ...Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.entries)
	for _, e := range entries {
		if err := m.add(e); err != nil {
			m.truncate(before)
			return err
		}
	}
	return nil
}

func (m *Memory) add(e Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	key := entryKey{e.ID, e.Op}
	if i, ok := m.index[key]; ok {
		if !m.entries[i].Same(e) {
			return fmt.Errorf("%w: %s %s", ErrConflict, e.Op, e.ID)
		}
		return nil
	}
	if m.index == nil {
		m.index, m.totals = make(map[entryKey]int), make(map[Account]Counters)
	}
	if err := m.count(e); err != nil {
		return err
	}
	m.index[key] = len(m.entries)
	m.entries = append(m.entries, e.normal())
	return nil
}

// count adds e to the totals, unless one of them cannot count it.
func (m *Memory) count(e Entry) error {
	for _, s := range e.Scopes {
		var more Counters
		more.Apply(e, s)
		account := e.Account(s)
		sum, err := m.totals[account].Plus(more)
		if err != nil {
			return fmt.Errorf("%w: %s entry %s beside the %v of %v", err, e.Op, e.ID, m.totals[account].Settled, s)
		}
		m.totals[account] = sum
	}
	return nil
}

// truncate takes back the entries from position n on.
func (m *Memory) truncate(n int) {
	for _, e := range m.entries[n:] {
		delete(m.index, entryKey{e.ID, e.Op})
	}
	m.entries = slices.Delete(m.entries, n, len(m.entries))
	clear(m.totals)
	for _, e := range m.entries {
		_ = m.count(e) // as it was counted
	}
}

// Load implements [Ledger].
func (m *Memory) Load(_ context.Context, runs ...string) (State, error) {
	m.mu.Lock()
	entries, totals := slices.Clone(m.entries), maps.Clone(m.totals)
	m.mu.Unlock()
	state := State{Period: currentPeriod(entries), Totals: totals}
	for account := range state.Totals {
		if account.Scope.Kind.OfPeriod() {
			if account.Period != state.Period.ID {
				delete(state.Totals, account)
			}
		} else if !slices.Contains(runs, account.Run) {
			delete(state.Totals, account)
		}
	}
	closed := make(map[string]bool)
	for _, e := range entries {
		if e.Op == OpSettle || e.Op == OpRelease {
			closed[e.ID] = true
		}
	}
	for _, e := range entries {
		if e.Op == OpReserve && !closed[e.ID] {
			state.Open = append(state.Open, e)
		}
	}
	return state, nil
}

// Totals returns the totals of the accounts that have any.
func (m *Memory) Totals(_ context.Context, accounts ...Account) (map[Account]Counters, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	totals := make(map[Account]Counters)
	for _, a := range accounts {
		if c, ok := m.totals[a]; ok {
			totals[a] = c
		}
	}
	return totals, nil
}

// currentPeriod returns the period that the newest reset began or, without a reset, the highest above zero
// that was seen, which began with its first entry.
func currentPeriod(entries []Entry) Period {
	var seen, begun Period
	for _, e := range entries {
		if e.Period > seen.ID {
			seen = Period{ID: e.Period, Start: e.Time}
		}
		if e.Op == OpReset {
			begun = Period{ID: e.Period, Start: e.Time}
		}
	}
	if begun.ID != 0 {
		return begun
	}
	return seen
}

// Entries returns a copy of all entries, in the order in which they were appended.
func (m *Memory) Entries() []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

// All yields the entries that [Memory.Entries] returns, as a durable ledger does.
func (m *Memory) All(context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range m.Entries() {
			if !yield(e, nil) {
				return
			}
		}
	}
}

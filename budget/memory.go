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
// entry, and each Load adds them all up. The zero Memory is empty and ready; its methods may be called
// from many goroutines at once.
type Memory struct {
	mu      sync.Mutex
	entries []Entry
	index   map[entryKey]int // where in entries
}

// entryKey identifies an entry.
type entryKey struct {
	id string
	op Op
}

// NewMemory returns an empty ledger.
func NewMemory() *Memory { return &Memory{} }

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
		m.index = make(map[entryKey]int)
	}
	m.index[key] = len(m.entries)
	m.entries = append(m.entries, e.normal())
	return nil
}

// truncate takes back the entries from position n on.
func (m *Memory) truncate(n int) {
	for _, e := range m.entries[n:] {
		delete(m.index, entryKey{e.ID, e.Op})
	}
	m.entries = slices.Delete(m.entries, n, len(m.entries))
}

// Load implements [Ledger].
func (m *Memory) Load(_ context.Context, runs ...string) (State, error) {
	entries := m.Entries()
	state := State{Period: currentPeriod(entries), Totals: Fold(entries)}
	for account := range state.Totals {
		if account.Scope.Kind.ofPeriod() {
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
	totals := Fold(m.Entries())
	maps.DeleteFunc(totals, func(a Account, _ Counters) bool { return !slices.Contains(accounts, a) })
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

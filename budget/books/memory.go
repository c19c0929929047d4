package books

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Memory is a [Store] that is lost with the process: a [budget.Memory] with its runs. It reads all of its entries for
// whatever it is asked: for tests, and for books that are empty. The zero Memory is empty and ready.
type Memory struct {
	mu     sync.Mutex
	ledger *budget.Memory // nil is empty
	register
}

// register is what a [Memory] has beside its entries.
type register struct {
	runs   []Run               // in the order in which they began or were entered
	starts map[int64]time.Time // of periods that were imported
}

// run returns where the run of that id is, or -1.
func (r *register) run(id string) int {
	return slices.IndexFunc(r.runs, func(run Run) bool { return run.ID == id })
}

func (r *register) clone() register { return register{slices.Clone(r.runs), maps.Clone(r.starts)} }

// NewMemory returns empty books.
func NewMemory() *Memory { return &Memory{} }

// open returns the ledger. The caller holds m.mu.
func (m *Memory) open() *budget.Memory {
	if m.ledger == nil {
		m.ledger = new(budget.Memory)
	}
	return m.ledger
}

// entries returns a copy of all entries.
func (m *Memory) entries() []budget.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open().Entries()
}

// Append implements [budget.Ledger].
func (m *Memory) Append(ctx context.Context, entries ...budget.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open().Append(ctx, entries...)
}

// Load implements [budget.Ledger].
func (m *Memory) Load(ctx context.Context, runs ...string) (budget.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open().Load(ctx, runs...)
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

// Entries implements [Entries].
func (m *Memory) Entries(_ context.Context, f Filter) iter.Seq2[budget.Entry, error] {
	return func(yield func(budget.Entry, error) bool) {
		for _, e := range m.entries() {
			if f.Match(e) && !yield(e, nil) {
				return
			}
		}
	}
}

// Results implements [Entries].
func (m *Memory) Results(_ context.Context, run string) iter.Seq2[budget.Entry, error] {
	return func(yield func(budget.Entry, error) bool) {
		for _, e := range resultsOf(m.entries(), run) {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Attempt implements [Entries].
func (m *Memory) Attempt(_ context.Context, id string) ([]budget.Entry, error) {
	return attemptOf(m.entries(), id), nil
}

// BeginRun implements [Runs].
func (m *Memory) BeginRun(_ context.Context, r Run) error {
	if r.ID == "" || r.Started.IsZero() {
		return fmt.Errorf("budget/books: run %q started %v needs an id and a start", r.ID, r.Started)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Started, r.Ended, r.Imported = r.Started.UTC().Round(0), time.Time{}, false
	i := m.run(r.ID)
	if i < 0 {
		m.runs = append(m.runs, r)
		return nil
	}
	there := &m.runs[i]
	r.Started, r.Imported, r.Simulated = there.Started, there.Imported, there.Simulated && r.Simulated
	*there = r
	return nil
}

// EndRun implements [Runs].
func (m *Memory) EndRun(_ context.Context, id string, ended time.Time, status string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.run(id)
	if i < 0 {
		return fmt.Errorf("budget/books: run %q has not begun", id)
	}
	m.runs[i].Ended, m.runs[i].Status = ended.UTC().Round(0), status
	return nil
}

// Runs implements [Runs].
func (m *Memory) Runs(context.Context) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return newestFirst(m.runs), nil
}

// Totals implements [Totals].
func (m *Memory) Totals(ctx context.Context, accounts ...budget.Account) (map[budget.Account]budget.Counters, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open().Totals(ctx, accounts...)
}

// LoadWide implements [Totals].
func (m *Memory) LoadWide(ctx context.Context, runs ...string) (state budget.State, tasks int, err error) {
	state, err = m.Load(ctx, runs...)
	for account := range state.Totals {
		if account.Scope.Kind == budget.KindTask {
			delete(state.Totals, account)
			tasks++
		}
	}
	return state, tasks, err
}

// Periods implements [Totals].
func (m *Memory) Periods(context.Context) ([]budget.Period, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var periods []budget.Period
	for _, p := range begunIn(m.open().Entries(), m.starts) {
		if n := len(periods); n > 0 && periods[n-1].ID > 0 {
			periods[n-1].End = p.Start
		}
		periods = append(periods, p.Period)
	}
	return periods, nil
}

// Unconfirmed implements [Lapses].
func (m *Memory) Unconfirmed(_ context.Context, newest int) (u Unconfirmed, err error) {
	for _, e := range assumedIn(m.entries()) {
		switch e.Reason {
		case budget.ReasonRecovered, budget.ReasonReturned:
			u.Recovered++
		case budget.ReasonLeaked:
			u.Leaked++
		default:
			u.Others = true
			continue
		}
		if e.Unpriced {
			u.Unpriced++
		}
		if u.Charged = u.Charged.Add(e.Used); !u.Charged.Countable() {
			return Unconfirmed{}, fmt.Errorf("%w: what was charged by assumption", budget.ErrUncountable)
		}
		if len(u.Newest) < newest {
			u.Newest = append(u.Newest, e)
		}
	}
	return u, nil
}

// Assumed implements [Lapses].
func (m *Memory) Assumed(context.Context) ([]budget.Entry, error) { return assumedIn(m.entries()), nil }

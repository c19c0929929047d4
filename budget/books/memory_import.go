package books

import (
	"context"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Import implements [Importer]: f enters what it has into a copy, which then takes the place of the books.
func (m *Memory) Import(ctx context.Context, f func(Intake) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := m.open().Entries()
	i := &memoryIntake{ctx: context.WithoutCancel(ctx), register: m.clone(), ledger: new(budget.Memory), there: make(map[entryKey]budget.Entry)}
	if err := i.ledger.Append(i.ctx, entries...); err != nil {
		return err
	}
	for _, e := range entries {
		i.there[entryKey{e.ID, e.Op}] = e
		i.lowest = min(i.lowest, e.Period)
	}
	if err := f(i); err != nil {
		return err
	}
	m.ledger, m.register = i.ledger, i.register
	return nil
}

type entryKey struct {
	id string
	op budget.Op
}

// memoryIntake is a copy of a [Memory] that history is entered into.
type memoryIntake struct {
	ctx context.Context
	register
	ledger *budget.Memory
	there  map[entryKey]budget.Entry
	lowest int64
}

func (i *memoryIntake) Run(id string) (Run, bool, error) {
	if n := i.run(id); n >= 0 {
		return i.runs[n], true, nil
	}
	return Run{}, false, nil
}

func (i *memoryIntake) EnterRun(r Run) error {
	if n := i.run(r.ID); n >= 0 {
		i.runs[n].Ended, i.runs[n].Status = r.Ended, r.Status
		return nil
	}
	r.Imported = true
	i.runs = append(i.runs, r)
	return nil
}

func (i *memoryIntake) Entry(id string, op budget.Op) (budget.Entry, bool, error) {
	e, there := i.there[entryKey{id, op}]
	return e, there, nil
}

func (i *memoryIntake) Enter(e budget.Entry) (bool, error) {
	if _, there := i.there[entryKey{e.ID, e.Op}]; there {
		return false, nil
	}
	if err := i.ledger.Append(i.ctx, e); err != nil {
		return false, err
	}
	i.there[entryKey{e.ID, e.Op}] = e
	i.lowest = min(i.lowest, e.Period)
	return true, nil
}

func (i *memoryIntake) LowestPeriod() (int64, error) { return i.lowest, nil }

func (i *memoryIntake) BeginPeriod(id int64, start time.Time) error {
	if i.starts == nil {
		i.starts = make(map[int64]time.Time)
	}
	i.starts[id] = start
	return nil
}

func (i *memoryIntake) Total(a budget.Account) (budget.Counters, error) {
	totals, err := i.ledger.Totals(i.ctx, a)
	return totals[a], err
}

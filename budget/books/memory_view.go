package books

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// View implements [Viewer].
func (m *Memory) View(_ context.Context, what string, f func(View) error) error {
	m.mu.Lock()
	v := &memoryView{m.open().Entries(), m.clone()}
	m.mu.Unlock()
	if err := f(v); err != nil {
		return fmt.Errorf("budget/books: %s: %w", what, err)
	}
	return nil
}

// memoryView is a copy of a [Memory].
type memoryView struct {
	entries []budget.Entry
	register
}

// each yields what is made of each element of list.
func each[T, U any](list []T, of func(int, T) U) iter.Seq2[U, error] {
	return func(yield func(U, error) bool) {
		for i, v := range list {
			if !yield(of(i, v), nil) {
				return
			}
		}
	}
}

func (v *memoryView) Entries(context.Context) iter.Seq2[Placed, error] {
	return each(v.entries, func(i int, e budget.Entry) Placed { return Placed{Entry: e, Seq: int64(i + 1)} })
}

func (v *memoryView) Attempt(_ context.Context, id string) ([]budget.Entry, error) {
	return attemptOf(v.entries, id), nil
}

func (v *memoryView) Runs(context.Context) ([]Run, error) { return newestFirst(v.runs), nil }

func (v *memoryView) Totals(context.Context) iter.Seq2[AccountTotal, error] {
	totals := Fold(v.entries)
	accounts := slices.SortedFunc(maps.Keys(totals), budget.Account.Compare)
	return each(accounts, func(_ int, a budget.Account) AccountTotal { return AccountTotal{a, totals[a]} })
}

func (v *memoryView) Holds(context.Context) iter.Seq2[Hold, error] {
	open := make(map[string]int64)
	for i, e := range v.entries {
		switch e.Op {
		case budget.OpReserve:
			open[e.ID] = int64(i + 1)
		case budget.OpSettle, budget.OpRelease:
			delete(open, e.ID)
		}
	}
	ids := slices.SortedFunc(maps.Keys(open), func(a, b string) int { return int(open[a] - open[b]) })
	return each(ids, func(_ int, id string) Hold { return Hold{id, open[id]} })
}

func (v *memoryView) Periods(context.Context) iter.Seq2[Begun, error] {
	return each(begunIn(v.entries, v.starts), func(_ int, b Begun) Begun { return b })
}

func (v *memoryView) Check(context.Context, func(Problem)) error { return nil }

func (v *memoryView) Damaged(error) bool { return false }

package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// BenchmarkManager reserves and settles through the manager, the same work in two ways in turn, so that the
// noise of the machine is in both. It reports how many times longer the second takes.
func BenchmarkManager(b *testing.B) {
	for _, pair := range []struct {
		name      string
		callers   int
		one, two  func(*testing.B) budget.Ledger
		perCaller int // attempts in a round
	}{
		{"group-commit/single", 64, stored(Options{}), stored(Options{group: 1}), 4},
		{"NORMAL/FULL", 64, stored(Options{synchronous: "NORMAL"}), stored(Options{}), 4},
		{"NORMAL/FULL", 1, stored(Options{synchronous: "NORMAL"}), stored(Options{}), 32},
		{"memory/ledger", 64, inMemory, stored(Options{}), 4},
		{"memory/ledger", 1, inMemory, stored(Options{}), 32},
	} {
		b.Run(fmt.Sprintf("%s/callers=%d", pair.name, pair.callers), func(b *testing.B) {
			managers := []*budget.Manager{benchManager(b, pair.one(b)), benchManager(b, pair.two(b))}
			var took [2]time.Duration
			b.ResetTimer()
			for done := 0; done < b.N; done += pair.callers * pair.perCaller {
				for i, m := range managers {
					began := time.Now()
					attempts(b, m, pair.callers, pair.perCaller)
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "times")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func stored(o Options) func(*testing.B) budget.Ledger {
	return func(b *testing.B) budget.Ledger { return openWith(b, o) }
}

func inMemory(*testing.B) budget.Ledger { return nil }

func benchManager(b *testing.B, l budget.Ledger) *budget.Manager {
	b.Helper()
	m, err := budget.Open(b.Context(), budget.Config{
		Ledger: l, Logger: slog.New(slog.DiscardHandler), Limits: budget.Limits{budget.Total: budget.TokenLimit(budget.MaxTokens)},
	})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

var benchTask atomic.Int64

// attempts has callers at once make n attempts each.
func attempts(b *testing.B, m *budget.Manager, callers, n int) {
	var wg sync.WaitGroup
	for range callers {
		task := budget.Task(fmt.Sprint("t", benchTask.Add(1)))
		ctx := budget.WithScopes(context.Background(), budget.Run("r"), budget.Worker("w"), task)
		wg.Go(func() {
			for range n {
				r, err := m.Reserve(ctx, call)
				if err != nil {
					b.Error(err)
					return
				}
				r.Sent()
				if err := r.Settle(ctx, spend(70)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkOpen opens a ledger and its budget: the time must not grow with the number of entries.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "ledger.db")
	books := budgettest.NewBooks("a", 1)
	there := 0
	for _, entries := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("entries=%d", entries), func(b *testing.B) {
			if there < entries {
				fill(b, path, books, entries-there)
				there = entries
			}
			for b.Loop() {
				l, err := Open(b.Context(), path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				state, err := l.Load(b.Context(), budgettest.Runs[0])
				if err != nil {
					b.Fatal(err)
				}
				if _, err := state.Manager(budget.Config{Run: budgettest.Runs[0]}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer() // closing syncs
				if err := l.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// fill appends n entries to the ledger at path.
func fill(b *testing.B, path string, books *budgettest.Books, n int) {
	b.Helper()
	l, err := Open(b.Context(), path, Options{synchronous: "OFF"})
	if err != nil {
		b.Fatal(err)
	}
	for ; n > 0; n -= 1000 {
		if err := l.Append(b.Context(), books.Take(min(n, 1000))...); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

package sqlite

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// BenchmarkAppend appends reservations and settlements from several goroutines.
func BenchmarkAppend(b *testing.B) {
	for _, synchronous := range []string{"FULL", "NORMAL"} {
		for _, group := range []int{0, 1} {
			for _, goroutines := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/group=%d/goroutines=%d", synchronous, group, goroutines), func(b *testing.B) {
					l := openWith(b, Options{synchronous: synchronous, group: group})
					b.ResetTimer()
					appendFrom(b, l, goroutines, b.N)
				})
			}
		}
	}
}

// BenchmarkRatios runs the same appends in each way and reports how much faster the first is, so that the
// noise of the machine is in both.
func BenchmarkRatios(b *testing.B) {
	for _, pair := range []struct {
		name       string
		goroutines int
		fast, slow Options
	}{
		{"group-commit/single", 64, Options{}, Options{group: 1}},
		{"NORMAL/FULL", 1, Options{synchronous: "NORMAL"}, Options{}},
		{"NORMAL/FULL", 64, Options{synchronous: "NORMAL"}, Options{}},
	} {
		b.Run(fmt.Sprintf("%s/goroutines=%d", pair.name, pair.goroutines), func(b *testing.B) {
			fast, slow := openWith(b, pair.fast), openWith(b, pair.slow)
			var took [2]time.Duration
			b.ResetTimer()
			for done, round := 0, 0; done < b.N; done, round = done+256, round+1 {
				for i, l := range []*Ledger{fast, slow} {
					began := time.Now()
					appendFrom(b, l, pair.goroutines, 256)
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "times-faster")
		})
	}
}

var benchmarkBooks atomic.Int64

// appendFrom appends n entries, one at a time, from each of the goroutines in turn.
func appendFrom(b *testing.B, l *Ledger, goroutines, n int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		books := budgettest.NewBooks(fmt.Sprint("b", benchmarkBooks.Add(1)), 1)
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := l.Append(b.Context(), books.Next()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkLoad loads the state of books of some size: the time must not grow with them.
func BenchmarkLoad(b *testing.B) {
	for _, entries := range []int{1_000, 30_000} {
		b.Run(fmt.Sprintf("entries=%d", entries), func(b *testing.B) {
			l := openWith(b, Options{synchronous: "OFF"})
			books := budgettest.NewBooks("a", 1)
			for range entries / 100 {
				if err := l.Append(b.Context(), books.Take(100)...); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := l.Load(b.Context(), budgettest.Runs...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func openWith(b *testing.B, o Options) *Ledger {
	b.Helper()
	l, err := Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

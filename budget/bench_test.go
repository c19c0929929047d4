package budget_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

func benchManager() (*budget.Manager, context.Context) {
	limits := budget.Limits{
		budget.Total: budget.TokenLimit(budget.MaxTokens), budget.Task(""): budget.TokenLimit(budget.MaxTokens),
		budget.Worker(""): budget.TokenLimit(budget.MaxTokens), budget.Model("gpt-4o"): budget.TokenLimit(budget.MaxTokens),
	}
	m := budget.New(budget.Config{Limits: limits, Prices: budget.Prices{"gpt-4o": budget.FlatPrice(2_500_000_000, 10_000_000_000)}})
	ctx := budget.WithScopes(context.Background(), budget.Run("r1"), budget.Worker("w1"), budget.Task("t1"))
	return m, ctx
}

var benchCall = budget.Call{Model: "gpt-4o", Input: 800, MinOutput: 200, MaxOutput: 200, Certainty: budget.Exact}

// BenchmarkReserveSettle is one attempt over five scopes in memory: total, model, run, worker, task. Its
// baseline is BenchmarkMutex, the same counters under a bare mutex.
func BenchmarkReserveSettle(b *testing.B) {
	m, ctx := benchManager()
	outcome := budget.Outcome{Usage: budget.Usage{Input: 800, Output: 120}}
	b.ReportAllocs()
	for b.Loop() {
		r, err := m.Reserve(ctx, benchCall)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Settle(ctx, outcome); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReserveSettleParallel is the same from 1,000 goroutines.
func BenchmarkReserveSettleParallel(b *testing.B) {
	m, _ := benchManager()
	outcome := budget.Outcome{Usage: budget.Usage{Input: 800, Output: 120}}
	var task atomic.Int64
	b.SetParallelism(500)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		id := strconv.FormatInt(task.Add(1), 10)
		ctx := budget.WithScopes(context.Background(), budget.Run("r1"), budget.Worker("w1"), budget.Task(id))
		for pb.Next() {
			r, err := m.Reserve(ctx, benchCall)
			if err != nil {
				b.Fatal(err)
			}
			_ = r.Settle(ctx, outcome)
		}
	})
}

// BenchmarkMutex is the least that the pair could cost: five counters held and settled under one mutex.
func BenchmarkMutex(b *testing.B) {
	var mu sync.Mutex
	var counters [5]struct{ held, settled, limit int64 }
	for i := range counters {
		counters[i].limit = budget.MaxTokens
	}
	for b.Loop() {
		mu.Lock()
		for i := range counters {
			if c := &counters[i]; c.settled+c.held+1000 <= c.limit {
				c.held += 1000
			}
		}
		mu.Unlock()
		mu.Lock()
		for i := range counters {
			counters[i].held -= 1000
			counters[i].settled += 920
		}
		mu.Unlock()
	}
}

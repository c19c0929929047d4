package middleware_test

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// benchChain is the chain without gates (BenchmarkPause) around a provider that costs nothing, in memory, over five scopes.
func benchChain() middleware.Client {
	const plenty = budget.MaxTokens
	m := budget.New(budget.Config{
		Limits: budget.Limits{
			budget.Total: budget.TokenLimit(plenty), budget.Model("m"): budget.TokenLimit(plenty), budget.Run("r"): budget.TokenLimit(plenty),
			budget.Worker(""): budget.TokenLimit(plenty), budget.Task(""): budget.TokenLimit(plenty),
		},
		Prices: budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)},
	})
	return middleware.Chain(client(usedAnswer(60, 30), nil),
		middleware.Log(slog.New(slog.DiscardHandler), middleware.LogOptions{}),
		middleware.Retry(middleware.RetryOptions{}),
		middleware.RateLimit(middleware.Rates{}),
		middleware.Budget(m, middleware.BudgetOptions{}),
	)
}

// BenchmarkPause is what gates that are open add to a call.
func BenchmarkPause(b *testing.B) {
	gates := middleware.NewGates(middleware.GateOptions{})
	c, ctx, req := gates.Pause("p")(client(usedAnswer(60, 30), nil)), benchContext(1), request(60, 40)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Generate(ctx, req); err != nil {
			b.Fatal(err)
		}
	}
}

func benchContext(task int64) context.Context {
	return budget.WithScopes(context.Background(), budget.Run("r"), budget.Worker("w"), budget.Task(strconv.FormatInt(task, 10)))
}

// BenchmarkChain is what the chain adds to a call, without counting, at 1 and at 1,000 goroutines. Its
// baseline is BenchmarkChain/provider, the same provider without a chain.
func BenchmarkChain(b *testing.B) {
	b.Run("provider", func(b *testing.B) {
		c, ctx, req := client(usedAnswer(60, 30), nil), benchContext(1), request(60, 40)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Generate(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("goroutines=1", func(b *testing.B) {
		c, ctx, req := benchChain(), benchContext(1), request(60, 40)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Generate(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("goroutines=1000", func(b *testing.B) {
		c, req := benchChain(), request(60, 40)
		var task atomic.Int64
		b.SetParallelism(500) // times GOMAXPROCS, 2 on the machines this was tuned on
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			ctx := benchContext(task.Add(1))
			for pb.Next() {
				if _, err := c.Generate(ctx, req); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
)

// BenchmarkRunLedger is a run of simulated tasks, with books in memory and with the durable ones, in turn. It
// reports the medians and how many times longer the second takes: at 64 workers and 20 ms at most 1.3.
//
//	go test ./cmd/orchestrate -run xxx -bench RunLedger -benchtime 5x
func BenchmarkRunLedger(b *testing.B) {
	for _, size := range []struct {
		tasks   int
		latency time.Duration
	}{{3_000, 20 * time.Millisecond}, {10_000, 0}} {
		b.Run(fmt.Sprintf("tasks=%d/latency=%v", size.tasks, size.latency), func(b *testing.B) {
			config := fmt.Sprintf(ledgerBenchConfig, size.latency)
			tasks := make([]worker.Task, size.tasks)
			for i := range tasks {
				tasks[i] = worker.Task{ID: fmt.Sprint("t", i), Prompt: fmt.Sprintf("Say something about %d.", i)}
			}
			var memory, durable []time.Duration
			for b.Loop() {
				memory = append(memory, timeRun(b, config, tasks, new(budget.Memory)))
				ledger, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{})
				if err != nil {
					b.Fatal(err)
				}
				durable = append(durable, timeRun(b, config, tasks, ledger))
				if err := ledger.Close(); err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(memory)
			slices.Sort(durable)
			one, two := memory[len(memory)/2], durable[len(durable)/2]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(one.Seconds()*1000, "memory-ms")
			b.ReportMetric(two.Seconds()*1000, "ledger-ms")
			b.ReportMetric(two.Seconds()/one.Seconds(), "times")
		})
	}
}

const ledgerBenchConfig = `
[budget]
total_budget_limit = "500M"
[providers.practice]
kind = "sim"
latency = "%v"
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
concurrency = 64
[prices."gpt-4o-mini"]
input = "0.15"
output = "0.60"
`

// timeRun runs the tasks on the chain of the command.
func timeRun(b *testing.B, text string, tasks []worker.Task, ledger budget.Ledger) time.Duration {
	b.Helper()
	parsed, _, err := config.Parse("orchestrate.toml", []byte(text))
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	p := &project.Project{Config: parsed}
	c := p.BudgetConfig(tasks, log)
	c.Ledger = ledger
	m, err := budget.Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	clients, err := p.Clients()
	if err != nil {
		b.Fatal(err)
	}
	run := orchestrator.NewRunID()
	slots, err := p.Chains(clients, m, p.Gates(), log, run, nil)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	summary, err := orchestrator.Run(b.Context(), orchestrator.Options{
		Manager: m, Workers: slots, Tasks: tasks, Run: run, Logger: log,
	})
	if err != nil || summary.Counts[orchestrator.Done] != len(tasks) {
		b.Fatal(summary, err)
	}
	return time.Since(began)
}

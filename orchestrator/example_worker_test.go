package orchestrator_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// Summarizer reads a text twice. Each call passes the chain: it is counted, paid for and booked.
type Summarizer struct{ Client middleware.Client }

func (s Summarizer) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	text := t.Prompt
	for _, how := range []string{"Summarise in five sentences:\n\n", "Now in one:\n\n"} {
		resp, err := s.Client.Generate(ctx, &middleware.Request{
			Model: "gpt-4o-mini", MaxOutput: 120, Messages: wire.Prompt(how + text),
		})
		if err != nil {
			return worker.Result{}, err
		}
		text = resp.Text
	}
	return worker.Result{Output: text}, nil
}

const summarizerConfig = `
[budget]
total_budget_limit = 600
max_tokens_per_task = 400
total_cost_limit = "0.01"

[prices.gpt-4o-mini]
input = "0.15"
output = "0.60"
`

const summarizerTasks = `
{"id": "tides", "prompt": "Tides are the rise and fall of the sea that the moon and the sun cause."}
{"id": "moon", "prompt": "The moon goes around the earth in about 27 days.", "depends_on": ["tides"]}
{"id": "sun", "prompt": "The sun is the nearest star.", "depends_on": ["moon"]}
`

// A worker of one's own, registered and run on a task file under the limits of a configuration.
func Example_customWorker() {
	project, _, err := config.Parse("orchestrate.toml", []byte(summarizerConfig))
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := tasks.Reader{Stdin: strings.NewReader(summarizerTasks)}.Load("-")
	if err != nil {
		fmt.Println(err)
		return
	}

	model := provider.NewSim(provider.SimConfig{Seed: 1, MinOutput: 80, MaxOutput: 80})
	log := slog.New(slog.DiscardHandler)
	manager := budget.New(budget.Config{
		Limits: project.LimitsFor(list), Mode: project.Budget.Mode, OnFull: project.Budget.OnFull,
		Family: models.Family, Prices: project.BudgetPrices(), PriceVersion: project.PriceVersion(),
		Threshold: project.Budget.WarningPercent, Logger: log,
	})
	client := middleware.Chain(model,
		middleware.Log(log, middleware.LogOptions{}),
		middleware.Retry(middleware.RetryOptions{}),
		middleware.Budget(manager, middleware.BudgetOptions{}),
	)
	summary, err := orchestrator.Run(context.Background(), orchestrator.Options{
		Manager: manager,
		Workers: []orchestrator.Slots{{Name: "summarizer", Worker: Summarizer{client}, Concurrency: 2}},
		Tasks:   list,
		Run:     orchestrator.NewRunID(),
		OnResult: func(r orchestrator.Result) error {
			fmt.Printf("%s: %s, %d attempts, %d tokens\n", r.ID, r.Outcome, r.Attempts, r.Tokens)
			return nil
		},
		Logger: log,
	})
	fmt.Println(summary.Counts, "settled", manager.Total().Settled, err)
	// Output:
	// tides: done, 2 attempts, 261 tokens
	// moon: done, 2 attempts, 253 tokens
	// sun: deferred, 0 attempts, 0 tokens
	// map[deferred:1 done:2] settled 514 tokens, $0.0002211 <nil>
}

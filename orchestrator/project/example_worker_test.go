package project_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// Summarizer reads a text twice. Each call passes the chain: it is counted, paid for and booked.
type Summarizer struct{ Client middleware.Client }

func (s Summarizer) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	text := t.Prompt
	for _, how := range []string{"Summarise in five sentences:\n\n", "Now in one:\n\n"} {
		resp, err := s.Client.Generate(ctx, &middleware.Request{
			Model: t.Model, MaxOutput: 120, Messages: wire.Prompt(how + text),
		})
		if err != nil {
			return worker.Result{}, err
		}
		text = resp.Text
	}
	return worker.Result{Output: text}, nil
}

const summarizerProject = `
[budget]
total_budget_limit = 600
max_tokens_per_task = 400
total_cost_limit = "0.01"

[providers.practice]
kind = "sim"
seed = 1
min_output_tokens = 80
max_output_tokens = 80

[[workers]]
name = "summarizer"
provider = "practice"
model = "gpt-4o-mini"
concurrency = 2

[prices.gpt-4o-mini]
input = "0.15"
output = "0.60"
`

const summarizerTasks = `
{"id": "tides", "prompt": "Tides are the rise and fall of the sea that the moon and the sun cause."}
{"id": "moon", "prompt": "The moon goes around the earth in about 27 days.", "depends_on": ["tides"]}
{"id": "sun", "prompt": "The sun is the nearest star.", "depends_on": ["moon"]}
`

// A worker of one's own does the tasks of a project, in place of one that sends prompts.
func Example_customWorker() {
	dir, err := os.MkdirTemp("", "summarizer-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"orchestrate.toml": summarizerProject, "tasks.jsonl": summarizerTasks} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}

	p, err := project.Open(filepath.Join(dir, "orchestrate.toml"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ended, err := p.Run(context.Background(), project.RunOptions{
		TaskFile: filepath.Join(dir, "tasks.jsonl"),
		Worker:   func(_ config.Worker, client middleware.Client) worker.Worker { return Summarizer{client} },
		OnResult: func(r orchestrator.Result) error {
			fmt.Printf("%s: %s, %d attempts, %d tokens\n", r.ID, r.Outcome, r.Attempts, r.Tokens)
			return nil
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	fmt.Println(ended.Summary.Counts, "settled", ended.Total.Settled, err)
	// Output:
	// tides: done, 2 attempts, 283 tokens
	// moon: done, 2 attempts, 277 tokens
	// sun: deferred, 0 attempts, 0 tokens
	// map[deferred:1 done:2] settled 560 tokens, $0.000228 <nil>
}

// The chain alone needs neither a project nor an orchestrator.
func Example_chain() {
	log := slog.New(slog.DiscardHandler)
	model := provider.NewSim(provider.SimConfig{Seed: 1, MinOutput: 80, MaxOutput: 80})

	manager := budget.New(budget.Config{
		Limits: budget.Limits{budget.Total: budget.TokenLimit(200)}, OnFull: budget.Refuse,
		Family: models.Family, Prices: budget.Prices{"gpt-4o-mini": budget.FlatPrice(budget.USD*15/100, budget.USD*60/100)}, // a million tokens
		Threshold: 80, Logger: log,
	})
	client := middleware.Metered(model, manager, middleware.Options{Logger: log})
	for range 3 {
		resp, err := client.Generate(context.Background(), &middleware.Request{
			Model: "gpt-4o-mini", MaxOutput: 80, Messages: wire.Prompt("Summarise the tides."),
		})
		if errors.Is(err, budget.ErrRefused) {
			fmt.Println("refused; remaining:", *manager.Total().Remaining.Tokens)
			break
		}
		fmt.Println(resp.Usage.Tokens(), "tokens", err)
	}
	// Output:
	// 93 tokens <nil>
	// 93 tokens <nil>
	// refused; remaining: 14
}

package worker_test

import (
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Translator is a worker in ten lines. Whatever wraps its client, a budget above all, holds for it.
type Translator struct{ middleware.Client }

func (t Translator) Work(ctx context.Context, task worker.Task) (worker.Result, error) {
	resp, err := t.Generate(ctx, &middleware.Request{
		Model: "gpt-4o-mini", MaxOutput: 100, Messages: wire.Prompt("Say this in French: " + task.Prompt),
	})
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Output: resp.Text}, nil
}

// A custom worker embeds the chain: its second task is refused before a byte is sent.
func Example() {
	provider := middleware.ClientFunc(func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
		return &middleware.Response{Text: "Bonjour.", Usage: &wire.Usage{Usage: budget.Usage{Input: req.Count.Tokens, Output: 3}}}, nil
	})
	manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(120)}})
	translator := Translator{middleware.Chain(provider,
		middleware.Retry(middleware.RetryOptions{}),
		middleware.Budget(manager, middleware.BudgetOptions{}),
	)}
	for _, prompt := range []string{"Good morning.", "Good night."} {
		result, err := translator.Work(context.Background(), worker.Task{Prompt: prompt})
		fmt.Println(result.Output, err)
	}
	// Output:
	// Bonjour. <nil>
	//  budget of total exceeded: 115 tokens wanted, limit 120 (settled 18, held 0)
}

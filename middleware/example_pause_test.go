package middleware_test

import (
	"context"
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// A provider that is called too fast is left alone for as long as it asks. Retry has one attempt here, and
// none is used up; nothing is held meanwhile.
func ExampleGates() {
	manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
	gates := middleware.NewGates(middleware.GateOptions{Patience: time.Minute})
	attempts := 0
	provider := middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
		if attempts++; attempts < 3 {
			return nil, &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true, RetryAfter: 2 * time.Millisecond}
		}
		return &middleware.Response{Text: "Hello.", Usage: &wire.Usage{Usage: budget.Usage{Input: 10, Output: 2}}}, nil
	})
	client := middleware.Chain(provider,
		middleware.Retry(middleware.RetryOptions{Attempts: 1}),
		gates.Pause("openai"),
		middleware.Budget(manager, middleware.BudgetOptions{}),
	)
	resp, err := client.Generate(context.Background(), &middleware.Request{
		Model: "gpt-4o-mini", MaxOutput: 100, Messages: wire.Prompt("Say hello."),
	})
	paused, _ := gates.Paused()
	fmt.Println(resp.Text, err, "attempts:", attempts, "paused:", len(paused))
	fmt.Println("settled:", manager.Total().Settled.Tokens, "held:", manager.Total().Held.Tokens)
	// Output:
	// Hello. <nil> attempts: 3 paused: 0
	// settled: 12 held: 0
}

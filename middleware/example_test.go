package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// tells is a middleware that tells when a call passes it, inwards and back.
func tells(name string) middleware.Middleware {
	return func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
			fmt.Println("->", name)
			resp, err := next.Generate(ctx, req)
			fmt.Println("<-", name)
			return resp, err
		})
	}
}

// The first middleware of a chain is the outermost. What stands before Retry sees a call once, what stands
// after it sees each attempt: so every attempt is paid for by itself.
func ExampleChain() {
	attempts := 0
	provider := middleware.ClientFunc(func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
		if attempts++; attempts == 1 {
			fmt.Println("   provider fails")
			return nil, &wire.Error{Class: wire.Server, Status: 500, Sent: true}
		}
		fmt.Println("   provider answers")
		return &middleware.Response{Text: "Hello.", Usage: &wire.Usage{Usage: budget.Usage{Input: req.Count.Tokens, Output: 2}}}, nil
	})
	manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
	client := middleware.Chain(provider,
		tells("call"),
		middleware.Retry(middleware.RetryOptions{Initial: time.Microsecond}),
		tells("attempt"),
		middleware.Budget(manager, middleware.BudgetOptions{}),
	)
	resp, err := client.Generate(context.Background(), &middleware.Request{
		Model: "gpt-4o-mini", MaxOutput: 100, Messages: wire.Prompt("Say hello."),
	})
	fmt.Println(resp.Text, err, "held for the answered attempt:", resp.Charge.Hold.Tokens)
	fmt.Println("settled:", manager.Total().Settled.Tokens, "held:", manager.Total().Held.Tokens)
	// Output:
	// -> call
	// -> attempt
	//    provider fails
	// <- attempt
	// -> attempt
	//    provider answers
	// <- attempt
	// <- call
	// Hello. <nil> held for the answered attempt: 110
	// settled: 12 held: 0
}

// An alternative is asked when the first model's budget is spent; each pays from its own.
func Example_fallback() {
	manager := budget.New(budget.Config{Limits: budget.Limits{budget.Model("large"): budget.TokenLimit(50)}})
	provider := middleware.ClientFunc(func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
		return &middleware.Response{Text: "an answer of " + req.Model, Usage: &wire.Usage{Usage: budget.Usage{Input: 10, Output: 30}}}, nil
	})
	fallback := func(next middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
			resp, err := next.Generate(ctx, req)
			if !errors.Is(err, budget.ErrRefused) {
				return resp, err
			}
			other := *req // a request is copied to be changed
			other.Model = "small"
			return next.Generate(ctx, &other)
		})
	}
	client := middleware.Chain(provider, fallback, middleware.Budget(manager, middleware.BudgetOptions{}))
	for range 2 {
		resp, err := client.Generate(context.Background(), &middleware.Request{
			Model: "large", MaxOutput: 40, Messages: wire.Prompt("A question."),
			Count: &wire.Count{Model: "large", Count: tokenizer.Count{Tokens: 10, Certainty: tokenizer.Exact}},
		})
		fmt.Println(resp.Text, err)
	}
	// Output:
	// an answer of large <nil>
	// an answer of small <nil>
}

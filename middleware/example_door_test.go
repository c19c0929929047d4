package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// A foreign client under a budget: the second call does not fit and never reaches the provider.
func ExampleTransport_budget() {
	provider := httptest.NewServer(says(asJSON, answer))
	defer provider.Close()
	manager := budget.New(budget.Config{
		Limits: budget.Limits{budget.Total: budget.TokenLimit(60), budget.Task(""): budget.TokenLimit(60)},
	})

	client := &http.Client{Transport: middleware.Transport(nil, middleware.Options{}.Chain(manager)...)}
	ctx := context.Background()
	ctx = budget.WithScopes(ctx, budget.Task("greet")) // what the calls under ctx are charged to
	for range 2 {
		body := strings.NewReader(`{"model":"gpt-4o","max_tokens":50,"messages":[{"role":"user","content":"Hello"}]}`)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, provider.URL+"/v1/chat/completions", body)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, resp.Header.Get("X-Should-Retry"), err, "settled", manager.Total().Settled.Tokens)
	}
	// Output:
	// 200  <nil> settled 11
	// 402 false <nil> settled 11
}

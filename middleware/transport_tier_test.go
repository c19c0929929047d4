package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// A tier that a header asks for is held for like one in the body.
func TestTheDoorReadsTheTierThatAHeaderAsksFor(t *testing.T) {
	const answer = `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`
	for _, tt := range []struct {
		header, value, body string
		times               budget.NanoUSD // what is held, in listed prices; 0 where nothing is sent
	}{
		{"X-Other", "priority", "", 1},
		{"X-Vertex-AI-LLM-Shared-Request-Type", "priority", "", 2},
		{"x-pass-X-Vertex-AI-LLM-Shared-Request-Type", "Priority", "", 2},
		{"X-Amzn-Bedrock-Service-Tier", "priority", "", 2},
		{"X-Amzn-Bedrock-Service-Tier", "default", "", 1},
		{"X-Amzn-Bedrock-Service-Tier", "priority", `"service_tier":"priority",`, 2},
		{"X-Amzn-Bedrock-Service-Tier", "priority", `"service_tier":"flex",`, 0},
		{"X-Amzn-Bedrock-Service-Tier", "reserved", "", 0}, // it has no price
	} {
		t.Run(fmt.Sprintf("%s %s %s", tt.header, tt.value, tt.body), func(t *testing.T) {
			price := budget.FlatPrice(budget.USD, budget.USD)
			price.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}, "flex": {Num: 1, Den: 2}}
			m := newManager(t, budget.Config{
				OnFull: budget.Refuse, Prices: budget.Prices{"gpt-4o": price}, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(budget.USD)},
			})
			var held budget.Amount
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				held = m.Total().Held
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
			})
			door := middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{}))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://provider/v1/chat/completions",
				strings.NewReader(`{`+tt.body+`"model":"gpt-4o","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(tt.header, tt.value)
			if resp, err := door.RoundTrip(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if want := tt.times * budget.NanoUSD(held.Tokens) * budget.USD / 1_000_000; held.Cost != want || (tt.times == 0) != held.IsZero() {
				t.Errorf("held %v, want %v", held, want)
			}
		})
	}
}

package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// Under a strict budget a stream that goes on past what was paid for is cut, as at the door.
func TestAStreamPastItsCapIsCut(t *testing.T) {
	const (
		delta  = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]}\n\n"
		finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"
		usage  = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4321}}\n\n"
		done   = "data: [DONE]\n\n"
		limit  = 100 // tokens of output
		most   = 100_000
	)
	for name, tt := range map[string]struct {
		mode    budget.Mode
		model   string
		choices int
		deltas  int
		end     string
		cut     bool
		settled int64 // the least
	}{
		"to its cap":          {budget.Strict, "gpt-4o", 1, limit, finish + done, false, limit},
		"far past":            {budget.Strict, "gpt-4o", 1, most, finish + done, true, limit + 1},
		"an estimate":         {budget.Strict, "claude-sonnet-4-5", 1, limit, finish + done, false, limit},
		"an estimate, past":   {budget.Strict, "claude-sonnet-4-5", 1, most, finish + done, true, limit + 1},
		"not known, far past": {budget.Strict, "m", 1, most, finish + done, true, limit + 1},
		"three choices":       {budget.Strict, "gpt-4o", 3, 3 * limit, finish + done, false, 3 * limit},
		"whole with usage":    {budget.Strict, "gpt-4o", 1, 2 * limit, finish + usage + done, false, 4330},
		"soft":                {budget.Soft, "gpt-4o", 1, 20 * limit, finish + done, false, 20 * limit},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				const piece = 50
				for sent := 0; sent < tt.deltas; sent += piece {
					if _, err := io.WriteString(w, strings.Repeat(delta, min(piece, tt.deltas-sent))); err != nil {
						return
					}
				}
				_, _ = io.WriteString(w, tt.end)
			}))
			defer server.Close()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			client, err := provider.New(provider.Config{Format: openai.Format, BaseURL: server.URL, Client: &http.Client{Transport: transport}})
			if err != nil {
				t.Fatal(err)
			}
			m := budget.New(budget.Config{Mode: tt.mode, Limits: budget.Limits{budget.Total: budget.TokenLimit(10_000_000)}})
			passed := 0
			_, err = middleware.Chain(client, middleware.Budget(m, middleware.BudgetOptions{})).Generate(t.Context(), &wire.Request{
				Model: tt.model, Messages: wire.Prompt("hi"), MaxOutput: limit, Choices: tt.choices,
				OnDelta: func(wire.Delta) { passed++ },
			})
			if e := wire.AsError(err); (err != nil) != tt.cut || tt.cut && (e.Class != wire.Garbled || !strings.Contains(fmt.Sprint(e), "past its output cap")) {
				t.Errorf("after %d deltas: %v", passed, err)
			}
			if tt.cut && passed > most/10 {
				t.Errorf("cut after %d deltas", passed)
			}
			total := m.Total()
			if !total.Held.IsZero() || total.Settled.Tokens < max(tt.settled, int64(passed)) {
				t.Errorf("settled %v, held %v, passed on %d", total.Settled, total.Held, passed)
			}
		})
	}
}

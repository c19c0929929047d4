package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// The promise through the door: 1,000 calls of a foreign client at once over real connections, a provider
// that takes 20 ms, a budget for 100.
func TestNoOvershootThroughTheDoor(t *testing.T) {
	const prompt = `{"model":"gpt-4o","messages":[{"role":"user","content":"Say hello"}],"max_tokens":%d}`
	parsed, err := openai.Format.Parse(fmt.Appendf(nil, prompt, 1))
	if err != nil {
		t.Fatal(err)
	}
	input := count.Of(parsed).Bound()
	const output = 4
	usage := input + output

	for _, tc := range []struct {
		name    string
		mode    budget.Mode
		onFull  budget.OnFull
		hold    int64 // in multiples of the usage
		reached int64
	}{
		{"strict, refuse", budget.Strict, budget.Refuse, 1, 100},
		{"strict, wait", budget.Strict, budget.Wait, 1, 100},
		{"strict, wait, hold three times the usage", budget.Strict, budget.Wait, 3, 98},
		{"soft", budget.Soft, budget.Wait, 1, 1000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var reached, refused, warnings atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				reached.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				time.Sleep(20 * time.Millisecond) // the provider's latency, not a wait for anything here
				fmt.Fprintf(w, `{"id":"x","model":"gpt-4o","choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],`+
					`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, input, output, usage)
			}))
			defer server.Close()
			m := newManager(t, budget.Config{
				Mode: tc.mode, OnFull: tc.onFull, Limits: budget.Limits{budget.Total: budget.TokenLimit(100 * usage)},
				Threshold: 80, OnWarning: func(budget.Status) { warnings.Add(1) },
			})
			base := &http.Transport{MaxIdleConnsPerHost: 100}
			defer base.CloseIdleConnections()
			client := &http.Client{Transport: middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{}))}
			body := fmt.Sprintf(prompt, tc.hold*usage-input)
			var wg sync.WaitGroup
			for range 1000 {
				wg.Go(func() {
					switch status := send(t, client, server.URL+"/v1/chat/completions", body); status {
					case http.StatusPaymentRequired:
						refused.Add(1)
					case http.StatusOK:
					default:
						t.Errorf("status %d", status)
					}
				})
			}
			wg.Wait()
			if reached.Load() != tc.reached || refused.Load() != 1000-tc.reached {
				t.Errorf("%d calls reached the provider, %d were refused; want %d", reached.Load(), refused.Load(), tc.reached)
			}
			got := m.Total()
			if got.Settled.Tokens != tc.reached*usage || got.Debt.Total().Tokens != max(0, tc.reached-100)*usage {
				t.Errorf("settled %d, debt %d", got.Settled.Tokens, got.Debt.Total().Tokens)
			}
			if tc.mode == budget.Soft && warnings.Load() != 1 {
				t.Errorf("%d warnings", warnings.Load())
			}
		})
	}
}

// A text under a key that the format does not have is paid for before it is sent, as some server may read it.
func TestTheDoorHoldsForTextUnderAnyKey(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer server.Close()
	m := newManager(t, budget.Config{OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.TokenLimit(500)}})
	base := new(http.Transport)
	defer base.CloseIdleConnections()
	client := &http.Client{Transport: middleware.Transport(base, middleware.Budget(m, middleware.BudgetOptions{}))}
	body := `{"model":"gpt-4o","max_tokens":9,"messages":[{"role":"user","content":"hi"}],%q:"` + strings.Repeat("word ", 500) + `"}`
	for _, key := range []string{"system", "instructions", "documents"} {
		if status := send(t, client, server.URL+"/v1/chat/completions", fmt.Sprintf(body, key)); status != http.StatusPaymentRequired {
			t.Errorf("%s: status %d", key, status)
		}
	}
	if reached.Load() != 0 {
		t.Errorf("%d calls reached the provider", reached.Load())
	}
}

func send(t *testing.T, client *http.Client, url, body string) int {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

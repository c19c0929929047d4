package serve_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// The promise for clients in any language: 1,000 of them at once over real connections, plain and streaming, a provider
// that takes 20 ms, a budget for 100.
func TestNoOvershoot(t *testing.T) {
	parsed, err := openai.Format.Parse([]byte(ask))
	if err != nil {
		t.Fatal(err)
	}
	input := count.Of(parsed).Bound()
	call := input + 4 // what is held, and used
	tokens := fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":4}`, input)
	say := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // the provider's latency, not a wait for anything here
		if r.Header.Get("X-Stream") != "" {
			says(events, piece, lastPiece, `data: {"choices":[],`+tokens+"}\n\n", done)(w, r)
			return
		}
		says("application/json", `{"model":"gpt-4o","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],`+tokens+`}`)(w, r)
	}
	for name, streams := range map[string]func(i int) bool{
		"plain":     func(int) bool { return false },
		"streaming": func(int) bool { return true },
		"mixed":     func(i int) bool { return i%2 == 0 },
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, budget.Limits{budget.Task("alice"): budget.TokenLimit(100 * call)}, say, nil)
			transport := &http.Transport{MaxIdleConnsPerHost: 100, MaxConnsPerHost: 200}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			var passed, refused atomic.Int64
			var wg sync.WaitGroup
			for i := range 1000 {
				wg.Go(func() {
					body, header := ask, ""
					if streams(i) {
						body, header = askStream, "yes"
					}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.address+chat, strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("X-Stream", header)
					req.Header.Set("Authorization", "Bearer "+token)
					resp, err := client.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					defer resp.Body.Close()
					_, _ = io.Copy(io.Discard, resp.Body)
					switch resp.StatusCode {
					case http.StatusOK:
						passed.Add(1)
					case http.StatusPaymentRequired:
						refused.Add(1)
					default:
						t.Errorf("status %d", resp.StatusCode)
					}
				})
			}
			wg.Wait()
			if passed.Load() != 100 || refused.Load() != 900 || h.reached() != 100 {
				t.Errorf("%d passed, %d refused, %d reached the provider; want 100, 900, 100", passed.Load(), refused.Load(), h.reached())
			}
			if got := h.manager.Total().Settled.Tokens; got != 100*call {
				t.Errorf("settled %d, want %d", got, 100*call)
			}
		})
	}
}

package project_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// callUsage is what each call of the test below holds, and uses: its output cap is what its input leaves.
const callUsage = 200

// spoken is a format as a client speaks it: where its calls go, and a call that holds callUsage.
type spoken struct {
	wire.Format
	path          string
	plain, stream string // bodies of a plain and of a streaming call
}

// speak makes the calls of a format; its body has the verbs %d for the cap and %s for what makes it a stream.
func speak(t *testing.T, path, body string) spoken {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://host"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	format := formats.ByRoute(req.URL)
	if format == nil {
		t.Fatalf("no format has %s", path)
	}
	sized := func(stream string) string {
		parsed, err := format.Parse(fmt.Appendf(nil, body, 16, stream))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(body, callUsage-count.Of(parsed).Bound(), stream)
	}
	return spoken{format, path, sized(""), sized(`,"stream":true`)}
}

// ServeHTTP answers as the format's provider does, with a usage of callUsage.
func (s spoken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	parsed, err := s.Parse(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := &wire.Response{
		RequestID: "r1", Model: parsed.Model, Text: "Hi", Finish: wire.FinishStop,
		Usage: &wire.Usage{Usage: budget.Usage{Input: callUsage - parsed.MaxOutput, Output: parsed.MaxOutput}},
	}
	if !parsed.Body.Stream {
		text, err := s.WriteAnswer(answer)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
		return
	}
	writer := s.Writer(true)
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = w.Write(writer.Begin(answer))
	_ = http.NewResponseController(w).Flush()
	for _, c := range answer.All() {
		_, _ = w.Write(writer.Piece(c))
	}
	_, _ = w.Write(writer.End(answer))
}

// 1,000 clients at once in three formats, plain, streaming, and leaving with the first byte: exactly 100 reach a provider, and
// the books have what they held.
func TestServeKeepsToTheLimitInAllFormats(t *testing.T) {
	all := []spoken{
		speak(t, "/openai/v1/chat/completions", `{"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],"max_tokens":%d%s}`),
		speak(t, "/openai/v1/responses", `{"model":"gpt-4o","input":"Hello","store":false,"max_output_tokens":%d%s}`),
		speak(t, "/anthropic/v1/messages", `{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"Hello"}],"max_tokens":%d%s}`),
	}
	var reached atomic.Int64
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		for _, s := range all {
			if strings.HasSuffix(s.path, r.URL.Path) {
				s.ServeHTTP(w, r)
			}
		}
	}))
	defer provider.Close()
	path := filepath.Join(t.TempDir(), "orchestrate.toml")
	text := fmt.Sprintf("[budget]\non_full = \"refuse\"\ntotal_budget_limit = %d\n", 100*callUsage) +
		fmt.Sprintf("[providers.openai]\nbase_url = %q\n[providers.anthropic]\nbase_url = %q\n", provider.URL+"/v1", provider.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, p: p}
	s.start()
	client := newClient(t)
	var passed, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 1000 {
		format := all[i%len(all)]
		body, leaves := format.plain, i%4 == 0
		if i%2 == 0 {
			body = format.stream
		}
		wg.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+format.path, strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if !leaves {
				_, _ = io.Copy(io.Discard, resp.Body)
			}
			switch resp.StatusCode {
			case http.StatusOK:
				passed.Add(1)
			case http.StatusPaymentRequired, http.StatusTooManyRequests: // Responses say money with 429
				refused.Add(1)
			default:
				t.Errorf("%s: status %d", format.path, resp.StatusCode)
			}
		})
	}
	wg.Wait()
	s.stop()
	if passed.Load() != 100 || refused.Load() != 900 || reached.Load() != 100 {
		t.Errorf("%d passed, %d refused, %d reached the provider", passed.Load(), refused.Load(), reached.Load())
	}
	status, err := p.Status(t.Context(), project.StatusOptions{})
	if err != nil || status.Scopes[0].Settled.Tokens != 100*callUsage || status.Scopes[0].Held.Tokens != 0 {
		t.Errorf("%+v, %v", status.Scopes, err)
	}
}

package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	providerKey = "sk-provider-0123456789abcdef"
	token       = "orc_client-token-0123456789"

	ask       = `{"model":"gpt-4o","max_tokens":4,"messages":[{"role":"user","content":"Say hello"}]}`
	askStream = `{"model":"gpt-4o","max_tokens":4,"stream":true,"messages":[{"role":"user","content":"Say hello"}]}`
	answer    = `{"id":"c1","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}`
	usage     = 11
	chat      = "/openai/v1/chat/completions"
)

// house is a provider, the server before it, and the books between them.
type house struct {
	manager *budget.Manager
	address string // of the server, host and port
	logs    *bytes.Buffer

	mu       sync.Mutex
	requests []*http.Request // that reached the provider
	bodies   []string
}

// build starts a house; the provider answers with say. change may be nil.
func build(t *testing.T, limits budget.Limits, say http.HandlerFunc, change func(*serve.Config)) *house {
	t.Helper()
	h := &house{logs: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(&locked{w: h.logs}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		h.requests, h.bodies = append(h.requests, r.Clone(context.Background())), append(h.bodies, string(body))
		h.mu.Unlock()
		say(w, r)
	}))
	t.Cleanup(provider.Close)
	h.manager = budget.New(budget.Config{OnFull: budget.Refuse, Limits: limits, Logger: log})
	base, err := url.Parse(provider.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	upstream := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(upstream.CloseIdleConnections)
	options := middleware.Options{Logger: log, Retry: middleware.RetryOptions{Attempts: 1}}
	c := serve.Config{
		Backends: map[string]serve.Backend{"openai": {
			Base: base, Sign: serve.Headers(map[string]string{"Authorization": "Bearer " + providerKey}),
			Door: middleware.Transport(upstream, options.Chain(h.manager)...),
		}},
		Open: func(shown string) (serve.Grant, error) {
			switch shown {
			case token:
				return serve.Grant{Name: "alice", Scopes: []budget.Scope{budget.Run("serve"), budget.Task("alice")}}, nil
			case "expired":
				return serve.Grant{Name: "bob", Expires: time.Now().Add(-time.Second)}, nil
			}
			return serve.Grant{}, errors.New("unknown")
		},
		Remaining: func(ctx context.Context) budget.Limit { return h.manager.Remaining(ctx, "gpt-4o") },
		Budget: func(_ context.Context, g serve.Grant) (any, error) {
			return map[string]any{"client": g.Name}, nil
		},
		Logger: log,
	}
	if change != nil {
		change(&c)
	}
	handler, err := serve.New(c)
	if err != nil {
		t.Fatal(err)
	}
	h.address = h.listen(t, handler)
	return h
}

// listen runs a handler on the loopback until the test ends.
func (h *house) listen(t *testing.T, handler http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server := serve.Server{Handler: handler, Logger: slog.New(slog.DiscardHandler)}
		if err := server.Run(ctx, l, nil); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; h.check(t) })
	return l.Addr().String()
}

// check looks at what must hold whatever happened: nothing held, the promise kept, and no secret where it does not belong.
func (h *house) check(t *testing.T) {
	t.Helper()
	total := h.manager.Total()
	if total.Held != (budget.Amount{}) {
		t.Errorf("held %v after the last call", total.Held)
	}
	if limit := total.Limit.Tokens; limit != nil && total.Settled.Tokens > *limit+total.Debt.Total().Tokens {
		t.Errorf("settled %d of %d, debt %v", total.Settled.Tokens, *limit, total.Debt)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.requests {
		if got := r.Header.Get("Authorization"); got != "Bearer "+providerKey {
			t.Errorf("%s reached the provider with the credentials %q", r.URL, got)
		}
		if all := fmt.Sprint(r.Header, r.URL, r.Host, r.Trailer); strings.Contains(all, "orc_") {
			t.Errorf("a client's token reached the provider: %s", all)
		}
	}
	if logs := h.logs.String(); strings.Contains(logs, providerKey) || strings.Contains(logs, token) {
		t.Errorf("the logs have a secret:\n%s", logs)
	}
}

func (h *house) reached() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.requests)
}

// last is the newest request that reached the provider.
func (h *house) last(t *testing.T) (*http.Request, string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.requests) == 0 {
		t.Fatal("nothing reached the provider")
	}
	return h.requests[len(h.requests)-1], h.bodies[len(h.bodies)-1]
}

// raw sends bytes as they are and returns the answer, read whole; nil is none.
func (h *house) raw(t *testing.T, text string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go func() { _, _ = io.WriteString(conn, text) }() // the server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: strings.Fields(text)[0]})
	if err != nil {
		return nil, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp, string(body)
}

// post makes a call as alice does.
func (h *house) post(t *testing.T, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	text := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n",
		path, token, len(body))
	for _, line := range header {
		text += line + "\r\n"
	}
	resp, got := h.raw(t, text+"\r\n"+body)
	if resp == nil {
		t.Fatal("no answer")
	}
	return resp, got
}

// says answers with a content type and pieces, each flushed.
func says(kind string, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for _, piece := range pieces {
			_, _ = io.WriteString(w, piece)
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// locked is a writer for many goroutines.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

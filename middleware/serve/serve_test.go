package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

const (
	piece      = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\r\n\r\n"
	lastPiece  = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	usageEvent = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n"
	done       = "data: [DONE]\n\n"
	events     = "text/event-stream"
)

func unlimited() budget.Limits { return budget.Limits{} }

func TestNewSaysWhatIsWrong(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "api.example.com"}
	door := http.DefaultTransport
	for _, tc := range []struct {
		backends map[string]serve.Backend
		want     string
	}{
		{nil, "no backends"},
		{map[string]serve.Backend{"budget": {Base: base, Door: door}}, "cannot be called"},
		{map[string]serve.Backend{"api": {Base: base, Door: door}}, "cannot be called"},
		{map[string]serve.Backend{"a/b": {Base: base, Door: door}}, "letters"},
		{map[string]serve.Backend{"a": {Door: door}}, "base URL"},
		{map[string]serve.Backend{"a": {Base: &url.URL{Scheme: "ftp", Host: "x"}, Door: door}}, "base URL"},
		{map[string]serve.Backend{"a": {Base: base}}, "door"},
	} {
		if _, err := serve.New(serve.Config{Backends: tc.backends}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %q", tc.backends, err, tc.want)
		}
	}
}

func TestNothingIsToldOfAProviderThatCannotBeReached(t *testing.T) {
	h := build(t, unlimited(), nil, func(c *serve.Config) {
		b := c.Backends["openai"]
		b.Base = &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/hidden-place"}
		c.Backends["openai"] = b
	})
	resp, body := h.post(t, chat, ask)
	if resp.StatusCode != http.StatusBadGateway || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "hidden") {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
}

func TestAKeyThatCannotBeHad(t *testing.T) {
	h := build(t, unlimited(), nil, func(c *serve.Config) {
		b := c.Backends["openai"]
		b.Sign = func(*http.Request) error { return errors.New("the vault is shut") }
		c.Backends["openai"] = b
	})
	resp, body := h.post(t, chat, ask)
	if resp.StatusCode != http.StatusBadGateway || strings.Contains(body, "vault") || h.reached() != 0 {
		t.Errorf("status %d, %d calls: %s", resp.StatusCode, h.reached(), body)
	}
}

// A key that has expired is asked for again, and the client sees nothing of it.
func TestARefusedKeyIsRenewed(t *testing.T) {
	const stale = "sk-provider-stale-0123456789"
	for _, body := range []string{ask, askStream} {
		say := func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+providerKey {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			says("application/json", answer)(w, r)
		}
		renewals := 0
		h := build(t, unlimited(), say, func(c *serve.Config) {
			b := c.Backends["openai"]
			fresh := b.Sign
			b.Sign = serve.Headers(map[string]string{"Authorization": "Bearer " + stale})
			b.Renew = func(r *http.Request) bool {
				renewals++
				return fresh(r) == nil
			}
			c.Backends["openai"] = b
		})
		resp, got := h.post(t, chat, body)
		if resp.StatusCode != http.StatusOK || got != answer || renewals != 1 || h.reached() != 2 {
			t.Errorf("status %d after %d renewals and %d calls: %s", resp.StatusCode, renewals, h.reached(), got)
		}
		if h.bodies[0] != h.bodies[1] {
			t.Errorf("the second call was %q, the first %q", h.bodies[1], h.bodies[0])
		}
		if got := h.requests[0].Header.Get("Authorization"); got != "Bearer "+stale {
			t.Errorf("the first call had the key %q", got)
		}
		h.requests = h.requests[1:] // the others have the right one
		if a := h.manager.Total(); a.Settled.Tokens != usage || a.Held.Tokens != 0 {
			t.Errorf("settled %v, held %v", a.Settled, a.Held)
		}
	}
}

func TestAKeyThatStaysRefusedIsTold(t *testing.T) {
	h := build(t, unlimited(), says("application/json", answer), func(c *serve.Config) {
		b := c.Backends["openai"]
		b.Door = roundTrip(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return &http.Response{StatusCode: 401, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("wrong")), Request: r}, nil
		})
		b.Renew = func(*http.Request) bool { return false }
		c.Backends["openai"] = b
	})
	if resp, body := h.post(t, chat, ask); resp.StatusCode != http.StatusUnauthorized || body != "wrong" {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Without tokens, only this machine is let in, and no web page.
func TestLocal(t *testing.T) {
	for _, tc := range []struct {
		host, origin string
		status       int
	}{
		{"localhost:1", "", 200}, {"127.0.0.1", "", 200}, {"[::1]:80", "", 200}, {"localhost", "http://localhost", 200},
		{"evil.example", "", 403}, {"127.0.0.1.evil.example", "", 403}, {"localhost", "http://evil.example", 403}, {"10.0.0.1", "", 403},
	} {
		h := build(t, unlimited(), says("application/json", answer), func(c *serve.Config) { c.Open, c.Local = nil, true })
		lines := []string{"POST " + chat + " HTTP/1.1", "Host: " + tc.host, fmt.Sprintf("Content-Length: %d", len(ask))}
		if tc.origin != "" {
			lines = append(lines, "Origin: "+tc.origin)
		}
		if resp, _ := h.raw(t, strings.Join(lines, "\r\n")+"\r\n\r\n"+ask); resp == nil || resp.StatusCode != tc.status {
			t.Errorf("%+v: %v", tc, resp)
		}
	}
}

// Bodies that wait for their answers count; what comes beside too many is told to come later.
func TestBytesInFlight(t *testing.T) {
	arrived, leave := make(chan struct{}, 2), make(chan struct{})
	h := build(t, unlimited(), func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-leave
		says("application/json", answer)(w, r)
	}, func(c *serve.Config) { c.MaxInFlight = int64(len(ask)) + 20 })
	first := make(chan int)
	go func() {
		resp, _ := h.post(t, chat, ask)
		first <- resp.StatusCode
	}()
	<-arrived
	for _, header := range []string{"X-A: b", "Content-Encoding: gzip"} {
		body := ask
		if header != "X-A: b" {
			body = zipped(ask)
		}
		resp, _ := h.post(t, chat, body, header)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, headers %v", header, resp.StatusCode, resp.Header)
		}
	}
	close(leave)
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first got %d", status)
	}
	if resp, _ := h.post(t, chat, ask); resp.StatusCode != http.StatusOK {
		t.Errorf("afterwards: status %d", resp.StatusCode)
	}
}

// What is refused for money is told in the client's words, with the status that its agent understands.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		answer middleware.Answering
		door   int
		own    int
		status int
		want   string
	}{
		{middleware.AnswerNone, 0, 0, 402, "budget_exceeded"},
		{middleware.AnswerNone, 0, 429, 429, "insufficient_quota"},
		{middleware.AnswerNone, 429, 0, 429, "insufficient_quota"},
		{middleware.AnswerNone, 402, 429, 429, "insufficient_quota"},
		{middleware.AnswerBudget, 0, 429, 402, "budget_exceeded"}, // the door's own
	} {
		var h *house
		h = build(t, budget.Limits{budget.Task("alice"): budget.TokenLimit(5)}, nil, func(c *serve.Config) {
			b := c.Backends["openai"]
			b.Door = middleware.NewTransport(middleware.TransportOptions{
				Answer: tc.answer, RefusalStatus: tc.door,
				Chain: []middleware.Middleware{func(middleware.Client) middleware.Client {
					return middleware.ClientFunc(func(ctx context.Context, r *middleware.Request) (*middleware.Response, error) {
						_, err := h.manager.Reserve(ctx, budget.Call{Model: r.Model, Input: 9})
						return nil, err
					})
				}},
			})
			c.Backends["openai"] = b
			open := c.Open
			c.Open = func(shown string) (serve.Grant, error) {
				g, err := open(shown)
				g.RefusalStatus = tc.own
				return g, err
			}
		})
		resp, body := h.post(t, chat, ask)
		if resp.StatusCode != tc.status || !strings.Contains(body, tc.want) || resp.Header.Get("X-Orchestrate-Scope") != "task:alice" ||
			resp.Header.Get("X-Orchestrate-Wanted") != "9" || resp.Header.Get("X-Orchestrate-Remaining") != "5" || resp.Header.Get("X-Should-Retry") != "false" {
			t.Errorf("%+v: status %d, headers %v: %s", tc, resp.StatusCode, resp.Header, body)
		}
	}
}

// A client's own caps go before those of models.
func TestCaps(t *testing.T) {
	h := build(t, unlimited(), says("application/json", answer), func(c *serve.Config) {
		b := c.Backends["openai"]
		base := &http.Transport{}
		t.Cleanup(base.CloseIdleConnections)
		b.Door = middleware.NewTransport(middleware.TransportOptions{
			Base: base, Chain: []middleware.Middleware{middleware.Cap(func(string) middleware.Caps { return middleware.Caps{} })},
		})
		c.Backends["openai"] = b
		open := c.Open
		c.Open = func(shown string) (serve.Grant, error) {
			g, err := open(shown)
			g.Caps.Most = 3
			return g, err
		}
	})
	h.post(t, chat, ask)
	if _, body := h.last(t); !strings.Contains(body, `"max_tokens":3`) {
		t.Errorf("the provider got %s", body)
	}
}

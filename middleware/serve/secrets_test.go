package serve_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/serve"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// What a provider says of other ways to itself would lead clients past the server.
func TestNoWayPastTheServer(t *testing.T) {
	const place = "internal.example"
	h := build(t, unlimited(), func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Set-Cookie", "Location", "Content-Location", "Refresh", "Alt-Svc", "Strict-Transport-Security"} {
			w.Header().Set(name, place)
		}
		w.WriteHeader(http.StatusTemporaryRedirect)
	}, nil)
	resp, _ := h.post(t, chat, ask)
	for name, values := range resp.Header {
		if strings.Contains(strings.Join(values, ""), place) {
			t.Errorf("the client got %s: %s", name, values)
		}
	}
	if resp.StatusCode != http.StatusTemporaryRedirect || h.manager.Total().Settled.Tokens != 0 {
		t.Errorf("status %d, settled %v", resp.StatusCode, h.manager.Total().Settled)
	}
}

// Why a provider is paused was told to another client: this one hears how long, and what kind of failure it was.
func TestAPauseTellsNothingOfOthers(t *testing.T) {
	for _, cause := range []*wire.Error{
		{Class: wire.RateLimit, Status: http.StatusTooManyRequests, Message: "limit of organization hidden-place"},
		{Class: wire.Unreachable, Err: errors.New("dial tcp hidden-place: connection refused")},
	} {
		h := build(t, unlimited(), nil, func(c *serve.Config) {
			b := c.Backends["openai"]
			b.Door = middleware.NewTransport(middleware.TransportOptions{
				Answer: middleware.AnswerNone,
				Chain: []middleware.Middleware{func(middleware.Client) middleware.Client {
					return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
						return nil, &wire.PausedError{Cause: cause, Pause: wire.Pause{Until: time.Now().Add(time.Minute)}}
					})
				}},
			})
			c.Backends["openai"] = b
		})
		resp, body := h.post(t, chat, ask)
		if resp.StatusCode != http.StatusBadGateway || resp.Header.Get("Retry-After") == "" || strings.Contains(body, "hidden") {
			t.Errorf("status %d, headers %v: %s", resp.StatusCode, resp.Header, body)
		}
		if !strings.Contains(body, string(cause.Class)) {
			t.Errorf("the kind of failure is not told: %s", body)
		}
	}
}

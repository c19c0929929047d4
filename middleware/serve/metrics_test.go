package serve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/serve"
)

// The figures of all scopes are for this machine where everyone on it is let in, else for a token of their own.
func TestMetrics(t *testing.T) {
	const own = "metrics-token-0123456789"
	for name, tc := range map[string]struct {
		local         bool
		token         string // that is configured
		method, shown string
		host          string
		status        int
	}{
		"this machine":                      {local: true, status: 200},
		"this machine, with a client's key": {local: true, shown: token, status: 200},
		"another name":                      {local: true, host: "evil.example", status: 403},
		"with a token of its own":           {token: own, shown: own, status: 200},
		"and none shown":                    {token: own, status: 401},
		"and a client's":                    {token: own, shown: token, status: 401},
		"on this machine, none shown":       {local: true, token: own, status: 401},
		"clients have tokens, it has none":  {shown: token, status: 404},
		"written to":                        {local: true, method: "POST", status: 405},
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, unlimited(), nil, func(c *serve.Config) {
				c.Metrics = func(context.Context) ([]byte, error) { return []byte("orchestrate_tasks 3\n"), nil }
				if c.Local, c.MetricsToken = tc.local, tc.token; tc.local {
					c.Open = nil
				}
			})
			method, host := "GET", "localhost"
			if tc.method != "" {
				method = tc.method
			}
			if tc.host != "" {
				host = tc.host
			}
			resp, body := h.raw(t, fmt.Sprintf("%s /metrics HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", method, host, tc.shown))
			if resp.StatusCode != tc.status || (tc.status == 200) != strings.Contains(body, "orchestrate_tasks 3") {
				t.Errorf("status %d: %s", resp.StatusCode, body)
			}
		})
	}
}

func TestMetricsThatCannotBeHad(t *testing.T) {
	h := build(t, unlimited(), nil, func(c *serve.Config) {
		c.Open, c.Local = nil, true
		c.Metrics = func(context.Context) ([]byte, error) { return nil, errors.New("the loop is at /secret/place") }
	})
	resp, body := h.raw(t, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if resp.StatusCode != 503 || strings.Contains(body, "secret") {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}
}

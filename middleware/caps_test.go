package middleware_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

func TestTheFirstCapsWinButTheLeastCeiling(t *testing.T) {
	for _, tt := range []struct{ own, wider, want middleware.Caps }{
		{middleware.Caps{}, middleware.Caps{}, middleware.Caps{}},
		{middleware.Caps{}, middleware.Caps{Default: 1, Most: 2, Least: 3, Key: "a"}, middleware.Caps{Default: 1, Most: 2, Least: 3, Key: "a"}},
		{middleware.Caps{Default: 9, Most: 9, Least: 9, Key: "b"}, middleware.Caps{Default: 1, Most: 2, Least: 3, Key: "a"}, middleware.Caps{Default: 9, Most: 2, Least: 9, Key: "b"}},
		{middleware.Caps{Most: 2}, middleware.Caps{Most: 9, Least: 1}, middleware.Caps{Most: 2, Least: 1}},
		{middleware.Caps{Most: 2}, middleware.Caps{}, middleware.Caps{Most: 2}},
	} {
		if got := tt.own.Or(tt.wider); got != tt.want {
			t.Errorf("%+v or %+v: %+v, want %+v", tt.own, tt.wider, got, tt.want)
		}
	}
}

// What a foreign client asks for is bounded before anything is held for it, and the hold covers what is sent: the
// input, and the cap for each choice.
func TestCapsOfForeignCalls(t *testing.T) {
	const input, messages = 8, `"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]}`
	agent := middleware.Caps{Default: 2000, Most: 16_384, Least: 300}
	for name, tt := range map[string]struct {
		path, body  string
		limit       int64 // of tokens, beside the input
		caps, more  middleware.Caps
		key         string
		sent, holds int64 // sent is 0 where the call is refused
	}{
		"a ceiling":                  {"/v1/chat/completions", `{"max_tokens":128000,`, 1e6, agent, middleware.Caps{}, "max_tokens", 16_384, 16_384},
		"Anthropic's":                {"/v1/messages", `{"max_tokens":128000,`, 1e6, agent, middleware.Caps{}, "max_tokens", 16_384, 16_384},
		"below it":                   {"/v1/chat/completions", `{"max_tokens":500,`, 1e6, agent, middleware.Caps{}, "max_tokens", 500, 500},
		"no cap":                     {"/v1/chat/completions", `{`, 1e6, agent, middleware.Caps{}, "max_tokens", 2000, 2000},
		"no cap, no default":         {"/v1/chat/completions", `{`, 1e6, middleware.Caps{Most: 9999}, middleware.Caps{}, "max_tokens", 1024, 1024},
		"no cap, a low ceiling":      {"/v1/chat/completions", `{`, 1e6, middleware.Caps{Most: 99}, middleware.Caps{}, "max_tokens", 99, 99},
		"a field":                    {"/v1/chat/completions", `{`, 1e6, middleware.Caps{Key: "max_completion_tokens"}, middleware.Caps{}, "max_completion_tokens", 1024, 1024},
		"a field of the client's":    {"/v1/chat/completions", `{"max_tokens":7,`, 1e6, middleware.Caps{Key: "max_completion_tokens"}, middleware.Caps{}, "max_tokens", 7, 7},
		"choices":                    {"/v1/chat/completions", `{"n":3,"max_tokens":128000,`, 1e6, agent, middleware.Caps{}, "max_tokens", 16_384, 3 * 16_384},
		"what the headroom buys":     {"/v1/chat/completions", `{"max_tokens":128000,`, 400, agent, middleware.Caps{}, "max_tokens", 400, 400},
		"the floor":                  {"/v1/chat/completions", `{"max_tokens":128000,`, 300, agent, middleware.Caps{}, "max_tokens", 300, 300},
		"below the floor":            {"/v1/chat/completions", `{"max_tokens":128000,`, 299, agent, middleware.Caps{}, "", 0, 0},
		"less than the floor wanted": {"/v1/chat/completions", `{"max_tokens":200,`, 299, agent, middleware.Caps{}, "max_tokens", 200, 200},
		"no floor, no clamp":         {"/v1/chat/completions", `{"max_tokens":128000,`, 400, middleware.Caps{Most: 500}, middleware.Caps{}, "", 0, 0},
		"choices share the headroom": {"/v1/chat/completions", `{"n":3,"max_tokens":128000,`, 1000, agent, middleware.Caps{}, "max_tokens", 333, 1000},
		"a client's own":             {"/v1/chat/completions", `{`, 1e6, agent, middleware.Caps{Default: 64, Most: 4000}, "max_tokens", 64, 64},
		"a client's ceiling":         {"/v1/chat/completions", `{"max_tokens":128000,`, 1e6, agent, middleware.Caps{Most: 4000}, "max_tokens", 4000, 4000},
		"a client's wider ceiling":   {"/v1/chat/completions", `{"max_tokens":128000,`, 1e6, agent, middleware.Caps{Most: 40_000}, "max_tokens", 16_384, 16_384},
	} {
		t.Run(name, func(t *testing.T) {
			bound := int64(input)
			if tt.path == "/v1/messages" {
				bound = 0 // an estimate with a margin
			}
			m := newManager(t, budget.Config{OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.TokenLimit(input + tt.limit)}})
			var held, sent int64
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				held = m.Total().Held.Tokens
				var body map[string]json.RawMessage
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				if err := json.Unmarshal(body[tt.key], &sent); err != nil {
					t.Errorf("%s: %v", tt.key, err)
				}
				if tt.key == "max_completion_tokens" && body["max_tokens"] != nil || tt.key == "max_tokens" && body["max_completion_tokens"] != nil {
					t.Errorf("both fields: %v", body)
				}
				return nil, io.ErrUnexpectedEOF
			})
			door := middleware.NewTransport(middleware.TransportOptions{Base: base, Chain: middleware.Options{
				Retry: middleware.RetryOptions{Attempts: 1}, Caps: func(string) middleware.Caps { return tt.caps },
			}.Chain(m)})
			req := foreign(t, tt.path, tt.body+messages)
			resp, err := door.RoundTrip(req.WithContext(middleware.WithCaps(t.Context(), tt.more)))
			if tt.sent == 0 {
				if err != nil || resp.StatusCode != 402 || sent != 0 {
					t.Errorf("%v, error %v; %d sent", resp, err, sent)
				}
				return
			}
			if sent != tt.sent || bound > 0 && held != bound+tt.holds || held <= tt.holds {
				t.Errorf("a cap of %d sent, %d held; want %d and %d", sent, held, tt.sent, bound+tt.holds)
			}
		})
	}
}

// A stream that goes on past a lowered cap is stopped, and what it delivered beyond the hold is overrun.
func TestAStreamIsStoppedAtALoweredCap(t *testing.T) {
	for _, limit := range []int64{1e6, 40} { // the latter leaves room for the hold and no more
		m := newManager(t, budget.Config{OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.TokenLimit(limit)}})
		chunk := "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + strings.Repeat(" word", 100) + "\"}}]}\n\n"
		endless := strings.NewReader(strings.Repeat(chunk, 1000))
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {asEvent}}, Body: io.NopCloser(endless), Request: r}, nil
		})
		door := middleware.NewTransport(middleware.TransportOptions{Base: base, Chain: middleware.Options{
			Caps: func(string) middleware.Caps { return middleware.Caps{Most: 32} },
		}.Chain(m)})
		resp, err := door.RoundTrip(foreign(t, "/v1/chat/completions", `{"model":"gpt-4o","stream":true,"max_tokens":128000,"messages":[{"role":"user","content":"Hello"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		total := m.Total()
		if err == nil || n > 64<<10 || total.Overrun.Tokens < 100 || total.Settled.Tokens != 40+total.Overrun.Tokens || total.Assumed != total.Settled {
			t.Errorf("read %d bytes, error %v: settled %v, overrun %v, assumed %v", n, err, total.Settled, total.Overrun, total.Assumed)
		}
		if owed := total.Debt.Overrun.Tokens; (limit == 40) != (owed == total.Overrun.Tokens) {
			t.Errorf("a limit of %d: debt %d of an overrun of %d", limit, owed, total.Overrun.Tokens)
		}
	}
}

// A chain in the wrong order would send another cap than is held.
func TestCapsInsideABudgetAreRefused(t *testing.T) {
	m := newManager(t, budget.Config{})
	var p probe
	client := through(t, middleware.Budget(m, middleware.BudgetOptions{}), middleware.Cap(func(string) middleware.Caps { return middleware.Caps{Most: 1} }), p.middleware)
	if _, err := post(t, t.Context(), client, "http://127.0.0.1:1/v1/chat/completions", ask); err == nil || len(p.errs) > 0 {
		t.Errorf("sent: %v", err)
	}
}

package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// unreached is a base that no call may get to.
func unreached(t *testing.T) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", r.Method, r.URL)
		return nil, errors.New("sent")
	})
}

func failing(err error) middleware.Middleware {
	return func(middleware.Client) middleware.Client {
		return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) { return nil, err })
	}
}

func foreign(t *testing.T, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://provider"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// Every failure that reached no provider has a kind, as an error and as an answer alike.
func TestWhatReachedNoProviderIsATypedRefusal(t *testing.T) {
	exceeded := &budget.ExceededError{Scope: budget.Total, Limit: budget.TokenLimit(5), Wanted: budget.Amount{Tokens: 9}}
	const chat = "/v1/chat/completions"
	for name, tt := range map[string]struct {
		path, body string
		err        error // of the chain
		kind       wire.RefusalKind
		status     int
	}{
		"budget":             {chat, ask, fmt.Errorf("task: %w", exceeded), wire.RefusedBudget, 402},
		"no scope":           {chat, ask, budget.ErrUnscoped, wire.RefusedBudget, 402},
		"no price":           {chat, ask, &budget.UnpricedError{Model: "m", Scope: budget.Total}, wire.RefusedBudget, 402},
		"books":              {chat, ask, budget.ErrStopped, wire.RefusedBudget, 402},
		"unbounded":          {chat, ask, budget.ErrUnbounded, wire.RefusedUnbounded, 402},
		"a route":            {"/v1/audio/speech", ask, nil, wire.RefusedUnmetered, 403},
		"no JSON":            {chat, "{", nil, wire.RefusedInvalid, 400},
		"no body":            {chat, "", nil, wire.RefusedInvalid, 400},
		"too large":          {chat, strings.Repeat(" ", 32<<20+1), nil, wire.RefusedTooLarge, 413},
		"a cap":              {chat, ask, &wire.Error{Class: wire.Invalid, Err: errors.New("a cap")}, wire.RefusedInvalid, 400},
		"no connection":      {chat, ask, wire.AsError(&net.OpError{Op: "dial", Err: errors.New("refused")}), wire.RefusedUnreachable, 502},
		"paused":             {chat, ask, &wire.PausedError{Cause: &wire.Error{Class: wire.RateLimit, Status: 429}}, wire.RefusedUnreachable, 502},
		"lost after sending": {chat, ask, &wire.Error{Class: wire.Lost, Sent: true}, "", 0},
		"refused by it":      {chat, ask, &wire.Error{Class: wire.Invalid, Status: 400, Sent: true}, "", 0},
		"another error":      {chat, ask, errors.New("no more"), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			door := func(a middleware.Answering, status int) http.RoundTripper {
				return middleware.NewTransport(middleware.TransportOptions{
					Base: unreached(t), Chain: []middleware.Middleware{failing(tt.err)}, Answer: a, RefusalStatus: status,
				})
			}
			var refused *middleware.Refusal
			resp, err := door(middleware.AnswerNone, 0).RoundTrip(foreign(t, tt.path, tt.body))
			if errors.As(err, &refused) != (tt.kind != "") || refused != nil && refused.Kind != tt.kind || resp != nil {
				t.Errorf("an answer %v, an error %T %v", resp, err, err)
			}
			if tt.err != nil && (!errors.Is(err, tt.err) || err.Error() != tt.err.Error()) {
				t.Errorf("%v in place of %v", err, tt.err)
			}
			if tt.kind == "" {
				return
			}
			for chosen, want := range map[int]int{0: tt.status, 429: tt.status} {
				money := tt.kind == wire.RefusedBudget || tt.kind == wire.RefusedUnbounded
				if money && chosen != 0 {
					want = chosen
				}
				resp, err = door(middleware.AnswerAll, chosen).RoundTrip(foreign(t, tt.path, tt.body))
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				hopeless := resp.Header.Get("X-Should-Retry") == "false"
				if resp.StatusCode != want || hopeless != (tt.kind != wire.RefusedUnreachable) || err != nil || !strings.HasPrefix(string(body), `{"error":{`) {
					t.Errorf("status %s, header %v, body %s, error %v; want %d", resp.Status, resp.Header, body, err, want)
				}
			}
		})
	}
}

// An SDK that tries a refusal again finds it refused again: no try reaches the provider, or the books.
func TestARefusalThatIsTriedAgainBooksNothing(t *testing.T) {
	m := newManager(t, budget.Config{OnFull: budget.Refuse, Limits: budget.Limits{budget.Total: budget.TokenLimit(5)}})
	client := &http.Client{Transport: middleware.NewTransport(middleware.TransportOptions{
		Base: unreached(t), Chain: middleware.Options{}.Chain(m), Answer: middleware.AnswerNone,
	})}
	for range 3 {
		_, err := post(t, t.Context(), client, "http://provider/v1/chat/completions", ask)
		var exceeded *budget.ExceededError
		var refused *middleware.Refusal
		if !errors.As(err, &refused) || !errors.As(err, &exceeded) || exceeded.Scope != budget.Total {
			t.Fatal(err)
		}
	}
	if total := m.Total(); !total.Settled.IsZero() || !total.Held.IsZero() {
		t.Errorf("settled %v, held %v", total.Settled, total.Held)
	}
}

// The headers say the numbers of the scope, and when a period will begin that can pay.
func TestTheHeadersOfARefusalSayTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		soon := time.Now().Add(90*time.Second + time.Millisecond)
		limit := budget.TokenLimit(100).WithCost(2 * budget.USD)
		for _, tt := range []struct {
			err  error
			want string // sorted, without Content-Type and X-Should-Retry
		}{
			{&budget.ExceededError{Scope: budget.Total, Limit: budget.TokenLimit(100), Until: soon,
				Settled: budget.Amount{Tokens: 70, Cost: 1}, Held: budget.Amount{Tokens: 40}, Wanted: budget.Amount{Tokens: 9}},
				"Retry-After=91 Held=40 Limit=100 Remaining=-10 Scope=total Settled=70 Wanted=9"},
			{&budget.ExceededError{Scope: budget.Total, Limit: budget.TokenLimit(100), Until: soon, Wanted: budget.Amount{Tokens: 101}},
				"Held=0 Limit=100 Remaining=100 Scope=total Settled=0 Wanted=101"}, // no period can pay
			{&budget.ExceededError{Scope: budget.Task("ä %1"), Limit: limit,
				Settled: budget.Amount{Tokens: 70, Cost: 3 * budget.USD}, Wanted: budget.Amount{Tokens: 9, Cost: 5}},
				"Held=0 Held-Cost-Usd=0.00 Limit=100 Limit-Cost-Usd=2.00 Remaining=30 Remaining-Cost-Usd=-1.00 " +
					"Scope=task:%C3%A4%20%251 Settled=70 Settled-Cost-Usd=3.00 Wanted=9 Wanted-Cost-Usd=0.000000005"},
			{&budget.UnpricedError{Model: "m", Scope: budget.Model("m")}, "Scope=model:m"},
			{budget.ErrStopped, ""},
			{&wire.PausedError{Cause: &wire.Error{Class: wire.Server, Status: 503}, Pause: wire.Pause{Until: soon.Add(-time.Minute)}}, "Retry-After=31"},
			{&wire.PausedError{Cause: &wire.Error{Class: wire.Server, Status: 503}, Pause: wire.Pause{Until: soon}, NotBefore: soon.Add(time.Minute)}, "Retry-After=151"},
			{&wire.PausedError{Cause: &wire.Error{Class: wire.Server, Status: 503}, Pause: wire.Pause{Until: time.Now().Add(-time.Hour)}}, "Retry-After=1"},
		} {
			door := middleware.NewTransport(middleware.TransportOptions{Chain: []middleware.Middleware{failing(tt.err)}, Answer: middleware.AnswerAll})
			resp, err := door.RoundTrip(foreign(t, "/v1/messages", ask))
			if err != nil {
				t.Fatal(err)
			}
			resp.Header.Del("Content-Type")
			resp.Header.Del("X-Should-Retry")
			var b strings.Builder
			if err := resp.Header.Write(&b); err != nil {
				t.Fatal(err)
			}
			got := strings.NewReplacer("X-Orchestrate-", "", ": ", "=", "\r\n", " ").Replace(b.String())
			if strings.TrimSpace(got) != tt.want {
				t.Errorf("%v:\n%s\nwant\n%s", tt.err, got, tt.want)
			}
		}
	})
}

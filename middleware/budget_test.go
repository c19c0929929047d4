package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

func newManager(t testing.TB, cfg budget.Config) *budget.Manager {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	m := budget.New(cfg)
	t.Cleanup(func() {
		for _, s := range m.Standing().Scopes {
			if err := s.Sound(); err != nil {
				t.Error(err)
			}
			if !s.Held.IsZero() {
				t.Errorf("%v holds %v", s.Scope, s.Held)
			}
		}
	})
	return m
}

// request is one of exactly input tokens, without anything being counted.
func request(input, output int64) *middleware.Request {
	return &middleware.Request{
		Model: "m", MaxOutput: output, Messages: wire.Prompt("hello"),
		Count: &wire.Count{Model: "m", Count: tokenizer.Count{Tokens: input, Certainty: tokenizer.Exact}},
	}
}

func usedAnswer(input, output int64) *middleware.Response {
	return &middleware.Response{Text: "hi", Usage: &wire.Usage{Usage: budget.Usage{Input: input, Output: output}}}
}

func client(resp *middleware.Response, err error) middleware.Client {
	return middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) { return resp, err })
}

// What each outcome of an attempt books: the hold is 100 tokens, the usage 30.
func TestWhatEachOutcomeBooks(t *testing.T) {
	status := func(code int, usage *wire.Usage) error {
		return &wire.Error{Class: wire.ClassOf(code), Status: code, Sent: true, Answer: &middleware.Response{Usage: usage}}
	}
	used := &wire.Usage{Usage: budget.Usage{Input: 20, Output: 10}}
	half := func(u budget.Usage, unknown budget.Sides, text string) *middleware.Response {
		return &middleware.Response{Text: text, Usage: &wire.Usage{Usage: u, Unknown: unknown}}
	}
	long := strings.Repeat("so many words ", 50)
	much := tokenizer.For("m").Count(long).Tokens
	cut := func(a *middleware.Response) error {
		return &wire.Error{Class: wire.Lost, Status: 200, Sent: true, Started: true, Answer: a}
	}
	type books struct{ settled, assumed, overrun int64 }
	for _, tc := range []struct {
		name string
		resp *middleware.Response
		err  error
		want books
	}{
		{"answered with usage", usedAnswer(20, 10), nil, books{30, 0, 0}},
		{"answered without usage", &middleware.Response{Text: "hi"}, nil, books{100, 100, 0}},
		{"billed more than held", usedAnswer(20, 130), nil, books{150, 0, 50}},
		{"never sent", nil, &wire.Error{Class: wire.Unreachable}, books{}},
		{"the connection could not be made", nil, &net.OpError{Op: "dial", Err: errors.New("refused")}, books{}},
		{"400", nil, status(400, nil), books{}},
		{"401", nil, status(401, nil), books{}},
		{"404", nil, status(404, nil), books{}},
		{"413", nil, status(413, nil), books{}},
		{"429", nil, status(429, nil), books{}},
		{"500", nil, status(500, nil), books{}},
		{"503", nil, status(503, nil), books{}},
		{"529", nil, status(529, nil), books{}},
		{"529 with usage", nil, status(529, used), books{30, 0, 0}},
		{"502: the model may have answered", nil, status(502, nil), books{100, 100, 0}},
		{"504", nil, status(504, nil), books{100, 100, 0}},
		{"a cut stream", nil, &wire.Error{Class: wire.Lost, Sent: true, Started: true}, books{100, 100, 0}},
		{"402", nil, status(402, nil), books{}},
		{"403", nil, status(403, nil), books{}},
		{"405", nil, status(405, nil), books{}},
		{"422", nil, status(422, nil), books{}},
		{"409: who knows", nil, status(409, nil), books{100, 100, 0}},
		{"418", nil, status(418, nil), books{100, 100, 0}},
		{"499", nil, status(499, nil), books{100, 100, 0}},
		{"400 with usage", nil, status(400, used), books{30, 0, 0}},
		{"401 with usage", nil, status(401, used), books{30, 0, 0}},
		{"404 with usage", nil, status(404, used), books{30, 0, 0}},
		{"429 with usage", nil, status(429, used), books{30, 0, 0}},
		{"500 with usage", nil, status(500, used), books{30, 0, 0}},
		{"502 with usage", nil, status(502, used), books{30, 0, 0}},
		{"429 with a usage of zeros", nil, status(429, &wire.Usage{}), books{}},
		{"502 with a usage of zeros", nil, status(502, &wire.Usage{}), books{100, 100, 0}},
		{"500 after text was delivered", nil, &wire.Error{Class: wire.Server, Status: 500, Sent: true, Answer: &middleware.Response{Text: "hi"}}, books{100, 100, 0}},
		{"429 after a tool call was delivered", nil, &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true, Answer: &middleware.Response{ToolCalls: []wire.ToolCall{{Name: "f"}}}}, books{100, 100, 0}},
		{"a usage of zeros", half(budget.Usage{}, 0, "hi"), nil, books{100, 100, 0}},
		{"a usage of zeros, nothing delivered", half(budget.Usage{}, 0, ""), nil, books{100, 100, 0}},
		{"no input", half(budget.Usage{Output: 10}, 0, "hi"), nil, books{70, 70, 0}},
		{"no input but cache reads", half(budget.Usage{CacheRead: 20, Output: 10}, 0, "hi"), nil, books{30, 0, 0}},
		{"no output beside a text", half(budget.Usage{Input: 20}, 0, "hi"), nil, books{60, 60, 0}},
		{"no output beside a text longer than the cap", half(budget.Usage{Input: 20}, 0, long), nil, books{20 + much, 20 + much, max(0, much-80)}},
		{"no output and no text", half(budget.Usage{Input: 20}, 0, ""), nil, books{20, 0, 0}},
		{"output left out", half(budget.Usage{Input: 20}, budget.OutputSide, ""), nil, books{60, 60, 0}},
		{"input left out", half(budget.Usage{Output: 10}, budget.InputSide, "hi"), nil, books{70, 70, 0}},
		{"a doubt", &middleware.Response{Text: "hi", Usage: &wire.Usage{Usage: used.Usage, Doubt: "more reasoning than output"}}, nil, books{30, 30, 0}},
		{"an impossible usage", usedAnswer(1<<53, 1<<53), nil, books{100, 100, 0}},
		{"a cut stream of more than the cap", nil, cut(&middleware.Response{Text: long}), books{60 + much, 60 + much, 60 + much - 100}},
		{"a cut stream of several choices", nil, cut(&middleware.Response{Choices: []wire.Choice{{}, {Text: long}}}), books{60 + much, 60 + much, 60 + much - 100}},
		{"a cut stream whose input is known", nil, cut(half(budget.Usage{Input: 20}, budget.OutputSide, "hi")), books{60, 60, 0}},
		{"garbage", nil, &wire.Error{Class: wire.Garbled, Status: 200, Sent: true}, books{100, 100, 0}},
		{"an error of a client that says nothing", nil, errors.New("boom"), books{100, 100, 0}},
		{"cancelled", nil, context.Canceled, books{100, 100, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
			c := middleware.Chain(client(tc.resp, tc.err), middleware.Budget(m, middleware.BudgetOptions{}))
			_, err := c.Generate(t.Context(), request(60, 40))
			if !errors.Is(err, tc.err) {
				t.Errorf("err = %v, want the client's own", err)
			}
			got := m.Total()
			if b := (books{got.Settled.Tokens, got.Assumed.Tokens, got.Overrun.Tokens}); b != tc.want {
				t.Errorf("booked %+v, want %+v", b, tc.want)
			}
		})
	}
}

// What no call may ask for reaches neither a budget nor a provider; the product of choices and cap must not wrap.
func TestAbsurdRequestsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*middleware.Request){
		"a product that wraps to 0":      func(r *middleware.Request) { r.Choices, r.MaxOutput = 16, 1152921504606846976 },
		"a product that wraps to 8":      func(r *middleware.Request) { r.Choices, r.MaxOutput = 16, 1152921504606846976+1<<59 },
		"a product above 2^31":           func(r *middleware.Request) { r.Choices, r.MaxOutput = 2, 1<<30+1 },
		"a cap above 2^31":               func(r *middleware.Request) { r.MaxOutput = 1<<31 + 1 },
		"a cap below zero":               func(r *middleware.Request) { r.MaxOutput = -2 },
		"a least cap below zero":         func(r *middleware.Request) { r.MinOutput = -1 },
		"more choices than anyone takes": func(r *middleware.Request) { r.Choices, r.MaxOutput = wire.MaxChoices+1, 1 },
	} {
		m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
		reached := false
		c := middleware.Chain(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			reached = true
			return usedAnswer(1, 1), nil
		}), middleware.RateLimit(middleware.Rates{TokensPerMinute: 1000}), middleware.Budget(m, middleware.BudgetOptions{}))
		req := request(60, 40)
		change(req)
		_, err := c.Generate(t.Context(), req)
		if e := wire.AsError(err); err == nil || e.Class != wire.Invalid || e.Sent || reached || !m.Total().Held.IsZero() {
			t.Errorf("%s: %v; %+v", name, err, m.Total().Counters)
		}
	}
}

// No cap is another value than a cap of nothing, which only a call has that wants no output.
func TestNoCapIsNoCapOfNothing(t *testing.T) {
	for _, tc := range []struct{ asked, held, sent int64 }{
		{0, 1024, 1024}, {40, 40, 40}, {wire.NoOutput, 0, wire.NoOutput},
	} {
		m := newManager(t, budget.Config{})
		var sent *middleware.Request
		c := middleware.Budget(m, middleware.BudgetOptions{})(middleware.ClientFunc(
			func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
				sent = req
				return usedAnswer(1, 1), nil
			}))
		resp, err := c.Generate(t.Context(), request(60, tc.asked))
		if err != nil || sent.MaxOutput != tc.sent || resp.Charge.Hold.Tokens != 60+tc.held {
			t.Errorf("asked for %d: sent %d, held %v, %v", tc.asked, sent.MaxOutput, resp.Charge.Hold, err)
		}
	}
}

func TestAPanicLeaksNoHold(t *testing.T) {
	m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
	c := middleware.Budget(m, middleware.BudgetOptions{})(middleware.ClientFunc(
		func(context.Context, *middleware.Request) (*middleware.Response, error) { panic("a bug") }))
	defer func() {
		if recover() == nil || m.Total().Settled.Tokens != 100 {
			t.Errorf("%+v", m.Total())
		}
	}()
	_, _ = c.Generate(t.Context(), request(60, 40))
}

func TestTheGrantedCapIsSent(t *testing.T) {
	var sent []int64
	c := middleware.ClientFunc(func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
		sent = append(sent, req.MaxOutput)
		return usedAnswer(60, req.MaxOutput), nil
	})
	m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1500)}})
	chain := middleware.Budget(m, middleware.BudgetOptions{})(c)

	none := request(60, 0)
	first, err := chain.Generate(t.Context(), none)
	if err != nil || first.Charge.Clamped {
		t.Fatal(first, err)
	}
	clamped := request(60, 900)
	clamped.MinOutput = 50
	second, err := chain.Generate(t.Context(), clamped)
	if err != nil || !second.Charge.Clamped {
		t.Fatal(second, err)
	}
	if want := fmt.Sprint([]int64{1024, 1500 - 1084 - 60}); fmt.Sprint(sent) != want {
		t.Errorf("caps sent %v, want %s", sent, want)
	}
	if none.MaxOutput != 0 || clamped.MaxOutput != 900 {
		t.Error("the caller's request was changed")
	}
}

func TestChoicesMultiplyTheHold(t *testing.T) {
	req := request(10, 100)
	req.Choices = 3
	if call, err := middleware.CallOf(req, 0); err != nil || call.MaxOutput != 300 {
		t.Errorf("%+v, %v", call, err)
	}
}

// The promise through the chain: 1,000 calls at once, a budget for 100.
func TestNoOvershootThroughTheChain(t *testing.T) {
	for _, tc := range []struct {
		name   string
		mode   budget.Mode
		onFull budget.OnFull
		hold   int64 // usage is 10
		want   int64
	}{
		{"strict, refuse", budget.Strict, budget.Refuse, 10, 100},
		{"strict, wait", budget.Strict, budget.Wait, 10, 100},
		{"strict, wait, hold three times the usage", budget.Strict, budget.Wait, 30, 98},
		{"soft", budget.Soft, budget.Wait, 10, 1000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { overshoot(t, tc.mode, tc.onFull, tc.hold, tc.want) })
		})
	}
}

func overshoot(t *testing.T, mode budget.Mode, onFull budget.OnFull, hold, want int64) {
	var reached, marked, warnings atomic.Int64
	provider := middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
		reached.Add(1)
		time.Sleep(20 * time.Millisecond) // virtual
		return usedAnswer(9, 1), nil
	})
	m := newManager(t, budget.Config{
		Mode: mode, OnFull: onFull, Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}, Threshold: 80,
		OnWarning: func(budget.Status) { warnings.Add(1) },
	})
	c := middleware.Chain(provider, middleware.Retry(middleware.RetryOptions{}), middleware.Budget(m, middleware.BudgetOptions{}))
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			resp, err := c.Generate(t.Context(), request(hold-1, 1))
			if err == nil && resp.Charge.OverLimit {
				marked.Add(1)
			}
			if err != nil && !errors.Is(err, budget.ErrRefused) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if reached.Load() != want {
		t.Errorf("%d of 1000 calls reached the provider, want %d", reached.Load(), want)
	}
	got := m.Total()
	if got.Settled.Tokens != want*10 || got.Debt.Soft.Tokens != max(0, want*10-1000) {
		t.Errorf("settled %d, debt %+v", got.Settled.Tokens, got.Debt)
	}
	if mode == budget.Soft && (warnings.Load() != 1 || marked.Load() != 900) {
		t.Errorf("%d warnings, %d results marked", warnings.Load(), marked.Load())
	}
}

func TestRetry(t *testing.T) {
	status := func(code int, after time.Duration) error {
		return &wire.Error{Class: wire.ClassOf(code), Status: code, Sent: true, RetryAfter: after}
	}
	for _, tc := range []struct {
		name     string
		err      error
		attempts int
		least    time.Duration // virtual time that must have passed
	}{
		{"500", status(500, 0), 3, time.Second},
		{"429 that says when", status(429, 7*time.Second), 3, 14 * time.Second},
		{"429 that asks for an hour", status(429, time.Hour), 1, 0},
		{"no connection", &wire.Error{Class: wire.Unreachable}, 3, time.Second},
		{"400", status(400, 0), 1, 0},
		{"401", status(401, 0), 1, 0},
		{"garbled: it was billed", &wire.Error{Class: wire.Garbled, Sent: true}, 1, 0},
		{"a stream that had begun", &wire.Error{Class: wire.Lost, Sent: true, Started: true}, 1, 0},
		{"a refusal of the budget", &budget.ExceededError{Scope: budget.Total}, 1, 0},
		{"a stopped ledger", fmt.Errorf("reserve: %w", budget.ErrStopped), 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts, start := 0, time.Now()
				c := middleware.Retry(middleware.RetryOptions{})(middleware.ClientFunc(
					func(context.Context, *middleware.Request) (*middleware.Response, error) {
						attempts++
						return nil, tc.err
					}))
				if _, err := c.Generate(t.Context(), request(1, 1)); !errors.Is(err, tc.err) {
					t.Errorf("err = %v", err)
				}
				if attempts != tc.attempts || time.Since(start) < tc.least {
					t.Errorf("%d attempts in %v, want %d in at least %v", attempts, time.Since(start), tc.attempts, tc.least)
				}
			})
		})
	}
}

func TestNoRetryAfterTheFirstDelta(t *testing.T) {
	attempts := 0
	c := middleware.Retry(middleware.RetryOptions{})(middleware.ClientFunc(
		func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
			attempts++
			req.OnDelta(middleware.Delta{Text: "once "})
			return nil, errors.New("connection lost")
		}))
	var got strings.Builder
	req := request(1, 1)
	req.OnDelta = func(d middleware.Delta) { got.WriteString(d.Text) }
	if _, err := c.Generate(t.Context(), req); err == nil || attempts != 1 || got.String() != "once " {
		t.Errorf("%d attempts, %q, %v", attempts, got.String(), err)
	}
}

func TestRateLimit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		rates middleware.Rates
		calls int
		want  time.Duration
	}{
		{"requests", middleware.Rates{RequestsPerMinute: 60}, 90, 30 * time.Second},
		{"tokens", middleware.Rates{TokensPerMinute: 6000}, 90, 30 * time.Second}, // 100 tokens each
		{"unlimited", middleware.Rates{}, 90, 0},
		{"larger than a minute's tokens", middleware.Rates{TokensPerMinute: 50}, 2, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := middleware.RateLimit(tc.rates)(client(usedAnswer(1, 1), nil))
				start := time.Now()
				for range tc.calls {
					if _, err := c.Generate(t.Context(), request(60, 40)); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(start).Round(time.Second); took != tc.want {
					t.Errorf("took %v, want %v", took, tc.want)
				}
			})
		})
	}
}

// A call that waits for money must not keep others from the rate, nor a wait for the rate hold money.
func TestWaitingForMoneyGivesTheRatePermitBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{Limits: budget.Limits{budget.Model("m"): budget.TokenLimit(100)}})
		hold, err := m.Reserve(t.Context(), budget.Call{Model: "m", Input: 100})
		if err != nil {
			t.Fatal(err)
		}
		c := middleware.Chain(client(usedAnswer(60, 40), nil), middleware.RateLimit(middleware.Rates{RequestsPerMinute: 1}), middleware.Budget(m, middleware.BudgetOptions{}))
		waiting := make(chan error)
		go func() {
			_, err := c.Generate(t.Context(), request(60, 40))
			waiting <- err
		}()
		synctest.Wait()
		other := request(60, 40)
		other.Model = "other"
		start := time.Now()
		if _, err := c.Generate(t.Context(), other); err != nil || time.Since(start) > time.Second {
			t.Errorf("the one permit of the minute was not given back: %v after %v", err, time.Since(start))
		}
		if err := hold.Release(t.Context(), budget.NotSent); err != nil {
			t.Fatal(err)
		}
		if err := <-waiting; err != nil || time.Since(start) < 59*time.Second {
			t.Errorf("%v after %v, want to wait for the next permit", err, time.Since(start))
		}
	})
}

func TestLogHoldsNoPrompt(t *testing.T) {
	for _, prompts := range []bool{false, true} {
		var out strings.Builder
		l := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := middleware.Log(l, middleware.LogOptions{Prompts: prompts})(client(usedAnswer(1, 1), nil))
		req := request(1, 1)
		req.Messages = wire.Prompt("the secret plan")
		if _, err := c.Generate(budget.WithScopes(t.Context(), budget.Task("t1")), req); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "secret") != prompts || !strings.Contains(out.String(), "task=t1") {
			t.Errorf("prompts %v: %s", prompts, out.String())
		}
	}
}

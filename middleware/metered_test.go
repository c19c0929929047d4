package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// The chain is in its one right order: each attempt is paid for by itself, and after a pause, not during it.
func TestMeteredPaysForEachAttemptAfterThePause(t *testing.T) {
	m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(10_000)}})
	gates := middleware.NewGates(middleware.GateOptions{Initial: time.Millisecond})
	attempts := 0
	provider := middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
		if held := m.Total().Held.Tokens; held == 0 {
			t.Error("an attempt is sent that nothing is held for")
		}
		switch attempts++; attempts {
		case 1:
			return nil, &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true, RetryAfter: time.Millisecond}
		case 2:
			return nil, &wire.Error{Class: wire.Lost, Sent: true, Err: errors.New("reset")}
		}
		return usedAnswer(3, 2), nil
	})
	client := middleware.Metered(provider, m, middleware.Options{
		Logger: slog.New(slog.DiscardHandler), Provider: "far", Gates: gates,
		Retry:     middleware.RetryOptions{Initial: time.Millisecond},
		RateLimit: middleware.RateLimit(middleware.Rates{RequestsPerMinute: 600}),
	})
	if _, err := client.Generate(t.Context(), request(4, 10)); err != nil || attempts != 3 {
		t.Fatal(attempts, err)
	}
	total := m.Total()
	if lost := int64(4 + 10); total.Settled.Tokens != lost+5 || total.Assumed.Tokens != lost || total.Held.Tokens != 0 {
		t.Errorf("%+v: the refused attempt is free, the lost one assumed, the last exact", total)
	}
}

// lease grants from elsewhere: chunks of tokens that another machine gave it.
type lease struct {
	mu      sync.Mutex
	left    int64
	hold    leasedHold
	settled []string
}

// leasedHold is the one hold that it grants at a time, used again for each.
type leasedHold struct {
	of   *lease
	life uint64
	held int64
	sent bool
}

var errLeaseSpent = errors.New("the lease is spent")

func (l *lease) Reserve(_ context.Context, c budget.Call) (budget.Reservation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := c.Input + c.MaxOutput
	if most > l.left {
		return budget.Reservation{}, errLeaseSpent
	}
	l.left -= most
	l.hold.of, l.hold.held, l.hold.sent = l, most, false
	return budget.Grant{Output: c.MaxOutput, Held: budget.Amount{Tokens: most}, Strict: true}.Reservation(&l.hold, l.hold.life), nil
}

func (l *lease) TryReserve(ctx context.Context, c budget.Call) (budget.Reservation, error) {
	return l.Reserve(ctx, c)
}

func (h *leasedHold) end(life uint64, used int64, how string) error {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	if h.life != life {
		return nil
	}
	h.life++
	h.of.left += h.held - used
	if h.of.settled != nil {
		h.of.settled = append(h.of.settled, fmt.Sprint(how, " ", used))
	}
	return nil
}

func (h *leasedHold) Sent(uint64) { h.sent = true }

func (h *leasedHold) Settle(_ context.Context, life uint64, o budget.Outcome) error {
	if o.Assumed {
		return h.end(life, h.held, "assume")
	}
	return h.end(life, o.Usage.Tokens(), "settle")
}

func (h *leasedHold) Release(_ context.Context, life uint64, _ string) error {
	return h.end(life, 0, "release")
}

func (h *leasedHold) Close(_ context.Context, life uint64) error { return h.end(life, h.held, "close") }

// A reservation may come from elsewhere: the chain asks for it, sends no more than it grants, and ends it.
func TestReservationsFromElsewhere(t *testing.T) {
	l := &lease{left: 40, settled: []string{}}
	var fail error
	client := middleware.Budget(l, middleware.BudgetOptions{})(middleware.ClientFunc(func(_ context.Context, r *middleware.Request) (*middleware.Response, error) {
		if r.MaxOutput != 10 || r.Ceiling != 10 || !l.hold.sent {
			t.Errorf("sent with a cap of %d, a ceiling of %d; sent: %v", r.MaxOutput, r.Ceiling, l.hold.sent)
		}
		return usedAnswer(4, 6), fail
	}))
	for _, fail = range []error{nil, &wire.Error{Class: wire.Auth, Status: 401, Sent: true}, &wire.Error{Class: wire.Lost, Sent: true}} {
		_, _ = client.Generate(t.Context(), request(4, 10))
	}
	if _, err := client.Generate(t.Context(), request(20, 10)); !errors.Is(err, errLeaseSpent) {
		t.Errorf("beyond the lease: %v", err)
	}
	if got := fmt.Sprint(l.settled, l.left); got != "[settle 10 release 0 assume 14] 16" {
		t.Error(got)
	}
}

func TestReservationsFromElsewhereDoNotAllocate(t *testing.T) {
	l, ctx := &lease{left: 1 << 40}, t.Context()
	var call budget.Call
	call.Input, call.MaxOutput = 4, 10
	var err error
	n := testing.AllocsPerRun(1000, func() {
		r, reserveErr := l.Reserve(ctx, call)
		r.Sent()
		err = errors.Join(reserveErr, r.Settle(ctx, budget.Outcome{Usage: budget.Usage{Input: 4, Output: 6}}), r.Close(ctx))
	})
	if n != 0 || err != nil {
		t.Errorf("%v allocations, %v", n, err)
	}
}

// TestAClientOfOnesOwnNeedNotSaySent: what cannot have failed before it left is charged without that, too.
func TestAClientOfOnesOwnNeedNotSaySent(t *testing.T) {
	for _, tt := range []struct {
		err  wire.Error
		want int64 // charged of a hold of 4 + 10
	}{
		{wire.Error{Class: wire.Lost}, 14},
		{wire.Error{Class: wire.Garbled}, 14},
		{wire.Error{Class: wire.Server, Status: 502}, 14},
		{wire.Error{Class: wire.Server, Status: 503}, 0},
		{wire.Error{Class: wire.RateLimit, Status: 429}, 0},
		{wire.Error{Class: wire.Unreachable}, 0},
		{wire.Error{Class: wire.Invalid}, 0},
	} {
		m := newManager(t, budget.Config{})
		client := middleware.Budget(m, middleware.BudgetOptions{})(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			return nil, &tt.err
		}))
		_, _ = client.Generate(t.Context(), request(4, 10))
		if got := m.Total().Settled.Tokens; got != tt.want {
			t.Errorf("%v: %d tokens charged, want %d", &tt.err, got, tt.want)
		}
	}
}

// TestImagesThatNoProviderTakes are refused before anything is held.
func TestImagesThatNoProviderTakes(t *testing.T) {
	m := newManager(t, budget.Config{})
	sent := 0
	client := middleware.Budget(m, middleware.BudgetOptions{})(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
		sent++
		return usedAnswer(4, 6), nil
	}))
	for what, tt := range map[string]struct {
		image wire.Part
		fits  bool
	}{
		"a PNG":        {wire.ImagePart("image/png", []byte("\x89PNG")), true},
		"on the web":   {wire.ImageURLPart("https://example.com/a.png"), true},
		"a data URL":   {wire.ImageURLPart("data:image/png;base64,iVBORw=="), true},
		"no type":      {wire.ImagePart("", []byte("\x89PNG")), false},
		"half a type":  {wire.ImagePart("png", []byte("\x89PNG")), false},
		"a document":   {wire.ImagePart("application/pdf", []byte("%PDF")), false},
		"nothing":      {wire.ImagePart("image/png", nil), false},
		"a file":       {wire.ImageURLPart("C:/a.png"), false},
		"a bad base64": {wire.ImageURLPart("data:image/png;base64,?"), false},
	} {
		before := sent
		req := &middleware.Request{Model: "gpt-4o", MaxOutput: 10, Messages: []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.TextPart("What is it?"), tt.image}}}}
		_, err := client.Generate(t.Context(), req)
		if reached := sent > before; reached != tt.fits && !errors.Is(err, budget.ErrUnbounded) || !tt.fits && wire.AsError(err).Class != wire.Invalid {
			t.Errorf("%s: sent %v, %v", what, reached, err)
		}
	}
}

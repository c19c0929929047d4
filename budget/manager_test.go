package budget_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/orchestrate-go/orchestrate/budget"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newManager returns a manager in memory whose books are checked when the test ends.
func newManager(t *testing.T, cfg budget.Config) *budget.Manager {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	m := budget.New(cfg)
	t.Cleanup(func() { checkInvariants(t, m) })
	return m
}

// checkInvariants holds the promise against every scope.
func checkInvariants(t testing.TB, m *budget.Manager) {
	t.Helper()
	for _, s := range m.Standing().Scopes {
		if err := s.Sound(); err != nil {
			t.Error(err)
		}
	}
}

func call(input, output int64) budget.Call {
	return budget.Call{Model: "m", Input: input, MinOutput: output, MaxOutput: output}
}

func used(input, output int64) budget.Outcome {
	return budget.Outcome{Usage: budget.Usage{Input: input, Output: output}}
}

func mustReserve(t testing.TB, m *budget.Manager, ctx context.Context, c budget.Call) budget.Reservation {
	t.Helper()
	r, err := m.Reserve(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func total(m *budget.Manager) budget.Status { return m.Total() }

func totalLimit(tokens int64) budget.Limits {
	return budget.Limits{budget.Total: budget.TokenLimit(tokens)}
}

func TestAHoldBecomesUsageAndTheRestReturns(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(1000)}), t.Context()
	r := mustReserve(t, m, ctx, call(300, 200))
	if got := total(m); got.Held.Tokens != 500 || *got.Remaining.Tokens != 500 {
		t.Fatalf("after Reserve: held %d, remaining %d", got.Held.Tokens, *got.Remaining.Tokens)
	}
	must(t, r.Settle(ctx, used(300, 50)))
	if got := total(m); got.Held.Tokens != 0 || got.Settled.Tokens != 350 || *got.Remaining.Tokens != 650 {
		t.Fatalf("after Settle: %+v", got)
	}
}

func TestTheFirstEndingWins(t *testing.T) {
	settle := func(r budget.Reservation) error { return r.Settle(context.Background(), used(10, 10)) }
	release := func(r budget.Reservation) error { return r.Release(context.Background(), "status 429") }
	closed := func(r budget.Reservation) error { return r.Close(context.Background()) }
	for _, tc := range []struct {
		name string
		sent bool
		ends []func(budget.Reservation) error
		want int64
	}{
		{"settle, then release and close", true, []func(budget.Reservation) error{settle, release, closed}, 20},
		{"release, then settle", true, []func(budget.Reservation) error{release, settle}, 0},
		{"close unsent releases", false, []func(budget.Reservation) error{closed, settle}, 0},
		{"close sent charges the hold", true, []func(budget.Reservation) error{closed, release}, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, ctx := newManager(t, budget.Config{Limits: totalLimit(1000)}), t.Context()
			r := mustReserve(t, m, ctx, call(60, 40))
			if tc.sent {
				r.Sent()
			}
			for _, end := range tc.ends {
				must(t, end(r))
			}
			if got := total(m); got.Settled.Tokens != tc.want || got.Held.Tokens != 0 {
				t.Errorf("settled %d, held %d; want %d, 0", got.Settled.Tokens, got.Held.Tokens, tc.want)
			}
		})
	}
}

// A handle whose hold has ended must never touch the hold's next life.
func TestAnEndedHandleIsHarmless(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(1000)}), t.Context()
	old := mustReserve(t, m, ctx, call(10, 10))
	must(t, old.Settle(ctx, used(10, 10)))
	next := mustReserve(t, m, ctx, call(50, 50))
	old.Sent()
	must(t, old.Settle(ctx, used(500, 400)))
	must(t, old.Close(ctx))
	must(t, old.Release(ctx, "late"))
	if got := total(m); got.Held.Tokens != 100 || got.Settled.Tokens != 20 {
		t.Fatalf("the old handle changed the new hold: %+v", got)
	}
	must(t, next.Close(ctx))
	if got := total(m); got.Settled.Tokens != 20 {
		t.Fatalf("the old handle marked the new hold as sent: %+v", got)
	}
}

// A handle may be closed long after its hold has ended and while the hold lives again elsewhere: deferred
// Closes do so all the time.
func TestEndedHandlesAreHarmlessFromOtherGoroutines(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(1 << 40)}), t.Context()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				r, err := m.Reserve(ctx, call(5, 5))
				if err != nil {
					t.Error(err)
					return
				}
				for range 2 { // the second is late
					if err := r.Settle(ctx, used(5, 1)); err != nil {
						t.Error(err)
					}
					r.Sent()
				}
			}
		})
	}
	wg.Wait()
	if got := total(m); got.Settled.Tokens != 8*2000*6 || got.Held.Tokens != 0 {
		t.Errorf("%+v", got)
	}
}

// The hold covers the dearest usage of as many tokens.
func TestTheHoldCoversTheDearestBuckets(t *testing.T) {
	p := budget.Price{Input: 3, CacheRead: 1, CacheWrite5m: 4, CacheWrite1h: 6, Output: 10, AudioInput: 2, AudioOutput: 12}
	m := newManager(t, budget.Config{Prices: budget.Prices{"m": p}})
	for cacheWrite, dearest := range map[bool]budget.Usage{
		false: {Input: 1_000_000, AudioOutput: 1_000_000}, true: {CacheWrite1h: 1_000_000, AudioOutput: 1_000_000},
	} {
		r := mustReserve(t, m, t.Context(), budget.Call{Model: "m", Input: 1_000_000, MinOutput: 1_000_000, MaxOutput: 1_000_000, CacheWrite: cacheWrite})
		if want := p.Cost(&dearest); r.Held().Cost != want {
			t.Errorf("cache write %v: held %d, want %d", cacheWrite, r.Held().Cost, want)
		}
		r.Sent()
		must(t, r.Close(t.Context()))
	}
	if got := total(m); got.Overrun.Cost != 0 || got.Settled.Cost != 15+18 {
		t.Errorf("%+v", got)
	}
}

func TestClamp(t *testing.T) {
	price := budget.Prices{"m": budget.FlatPrice(1*budget.USD, 2*budget.USD)}
	for _, tc := range []struct {
		name     string
		limit    budget.Limit
		min, max int64
		want     int64 // granted output, -1 for refused
	}{
		{"room for all", budget.TokenLimit(1000), 10, 500, 500},
		{"clamped to the headroom", budget.TokenLimit(400), 10, 500, 300},
		{"exactly the least", budget.TokenLimit(110), 10, 500, 10},
		{"below the least", budget.TokenLimit(109), 10, 500, -1},
		{"a clamp to nothing is no answer", budget.TokenLimit(100), 0, 500, -1},
		{"no output wanted", budget.TokenLimit(100), 0, 0, 0},
		{"equal bounds forbid a clamp", budget.TokenLimit(599), 500, 500, -1},
		{"clamped by money", budget.Limit{}.WithCost(300_000), 10, 500, 100}, // 100 x $1/M + 100 x $2/M = $0.0003
		{"nothing may be spent", budget.TokenLimit(0), 0, 1, -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: tc.limit}, Prices: price, OnFull: budget.Refuse})
			r, err := m.Reserve(t.Context(), budget.Call{Model: "m", Input: 100, MinOutput: tc.min, MaxOutput: tc.max})
			var exceeded *budget.ExceededError
			switch {
			case tc.want < 0 && !errors.As(err, &exceeded):
				t.Errorf("granted %d, err %v; want an ExceededError", r.Output(), err)
			case tc.want >= 0 && (err != nil || r.Output() != tc.want):
				t.Errorf("granted %d, err %v; want %d", r.Output(), err, tc.want)
			}
		})
	}
}

func TestAllScopesOrNone(t *testing.T) {
	limits := budget.Limits{
		budget.Total:         budget.TokenLimit(10_000),
		budget.Model("m"):    budget.TokenLimit(5_000),
		budget.Task(""):      budget.TokenLimit(150),
		budget.Task("large"): budget.TokenLimit(1_000),
	}
	m := newManager(t, budget.Config{Limits: limits})
	small := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("small"))
	_, err := m.Reserve(small, call(100, 100))
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Scope != budget.Task("small") || !exceeded.Final() {
		t.Fatalf("err = %v, want a final refusal by task:small", err)
	}
	for _, s := range m.Standing().Scopes {
		if !s.Held.IsZero() {
			t.Errorf("%v holds %v after a refusal", s.Scope, s.Held)
		}
	}
	large := budget.WithScopes(small, budget.Task("large"))
	mustReserve(t, m, large, call(100, 100))
	if _, err := m.Reserve(t.Context(), call(1, 1)); !errors.Is(err, budget.ErrUnscoped) {
		t.Errorf("a call without a task escaped the limit per task: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	cost := budget.Limits{budget.Total: budget.Limit{}.WithCost(budget.USD)}
	for _, tc := range []struct {
		name  string
		cfg   budget.Config
		call  budget.Call
		match func(error) bool
	}{
		{"no price under a cost limit", budget.Config{Limits: cost}, call(1, 1),
			func(err error) bool { return errors.As(err, new(*budget.UnpricedError)) }},
		{"no bound", budget.Config{}, budget.Call{Model: "m", MaxOutput: 1, MinOutput: 1, Certainty: budget.None},
			func(err error) bool { return errors.Is(err, budget.ErrUnbounded) }},
		{"no model", budget.Config{}, budget.Call{}, func(err error) bool { return err != nil }},
		{"negative input", budget.Config{}, budget.Call{Model: "m", Input: -1}, func(err error) bool { return err != nil }},
		{"a model that is not UTF-8", budget.Config{}, budget.Call{Model: "\xff"}, func(err error) bool { return err != nil }},
		{"more tokens than there are", budget.Config{}, budget.Call{Model: "m", MaxOutput: 1 << 60}, func(err error) bool { return err != nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newManager(t, tc.cfg)
			_, err := m.Reserve(t.Context(), tc.call)
			if !tc.match(err) {
				t.Errorf("Reserve: %v", err)
			}
			if check := m.Check(t.Context(), tc.call); !tc.match(check) {
				t.Errorf("Check: %v", check)
			}
		})
	}
}

func TestAScopeThatNoLedgerCouldKeepIsRefused(t *testing.T) {
	m := newManager(t, budget.Config{})
	ctx := budget.WithScopes(t.Context(), budget.Task("\xff"))
	if _, err := m.Reserve(budget.WithScopes(ctx, budget.Run("r")), call(1, 1)); err == nil {
		t.Error("granted")
	}
}

func TestAnAllowanceAdmitsUnboundedInput(t *testing.T) {
	m := newManager(t, budget.Config{Limits: totalLimit(1000), Allowance: 700})
	r := mustReserve(t, m, t.Context(), budget.Call{Model: "m", Input: 100, MinOutput: 50, MaxOutput: 50, Certainty: budget.None})
	if r.Held().Tokens != 850 {
		t.Errorf("held %d, want 850", r.Held().Tokens)
	}
}

func TestWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
		first := mustReserve(t, m, ctx, call(50, 50))
		order := make(chan string, 3)
		for _, w := range []struct {
			name string
			need int64
		}{{"large", 90}, {"small", 10}} {
			go func() {
				r, err := m.Reserve(ctx, call(w.need, 0))
				if err == nil {
					order <- w.name
					err = r.Settle(ctx, used(1, 0))
				}
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		if _, err := m.TryReserve(ctx, call(1, 0)); err == nil {
			t.Error("TryReserve passed the waiters")
		}
		must(t, first.Settle(ctx, used(5, 5)))
		synctest.Wait()
		if a, b := <-order, <-order; a != "large" || b != "small" {
			t.Errorf("served %s, %s; the large one came first", a, b)
		}
	})
}

func TestAWaiterHoldsUpOnlyThoseThatShareWhatItIsShortOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{Limits: budget.Limits{
			budget.Total: budget.TokenLimit(1000), budget.Model("m"): budget.TokenLimit(100),
		}})
		ctx := t.Context()
		drained := mustReserve(t, m, ctx, call(100, 0))
		done := make(chan error)
		go func() {
			r, err := m.Reserve(ctx, call(60, 0))
			if err == nil {
				err = r.Release(ctx, budget.NotSent)
			}
			done <- err
		}()
		synctest.Wait()
		other := call(500, 0)
		other.Model = "other"
		r, err := m.TryReserve(ctx, other)
		if err != nil {
			t.Fatalf("a drained model blocks another: %v", err)
		}
		must(t, r.Release(ctx, budget.NotSent))
		must(t, drained.Settle(ctx, used(10, 0)))
		must(t, <-done)
	})
}

// A call that needs much of a model and much of a worker is not kept waiting for ever by small ones that take
// turns: those of the model fill it while the worker is short, those of the worker while the model is.
func TestAWaiterForTwoScopesIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := newManager(t, budget.Config{Limits: budget.Limits{
			budget.Model("m"): budget.TokenLimit(1000), budget.Worker("w"): budget.TokenLimit(1000),
		}}), t.Context()
		large := budget.WithScopes(ctx, budget.Run("r"), budget.Worker("w"))
		onModel := budget.WithScopes(ctx, budget.Run("r"), budget.Worker("v"))
		small := call(60, 0)
		elsewhere := small
		elsewhere.Model = "n"
		fill := func(ctx context.Context, c budget.Call) (held []budget.Reservation) {
			for {
				r, err := m.TryReserve(ctx, c)
				if err != nil {
					return held
				}
				held = append(held, r)
			}
		}
		release := func(held []budget.Reservation) {
			for _, r := range held {
				must(t, r.Release(ctx, budget.NotSent))
			}
		}
		models := fill(onModel, small)
		granted := make(chan struct{})
		go func() {
			defer close(granted)
			must(t, mustReserve(t, m, large, call(900, 0)).Release(ctx, budget.NotSent))
		}()
		for round := range 10 {
			synctest.Wait()
			select {
			case <-granted:
				return
			default:
			}
			workers := fill(large, elsewhere)
			release(models)
			if round == 9 {
				t.Error("starved")
			}
			models = fill(onModel, small)
			release(workers)
		}
		release(models)
		<-granted
	})
}

func TestAWaiterFailsAsSoonAsItIsHopeless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
		r := mustReserve(t, m, ctx, call(60, 0))
		failed := make(chan error)
		go func() {
			_, err := m.Reserve(ctx, call(60, 0))
			failed <- err
		}()
		synctest.Wait()
		must(t, r.Settle(ctx, used(50, 0)))
		var exceeded *budget.ExceededError
		if err := <-failed; !errors.As(err, &exceeded) || !exceeded.Final() {
			t.Errorf("err = %v", err)
		}
	})
}

func TestWhatWakesWaiters(t *testing.T) {
	for name, wake := range map[string]func(ctx context.Context, m *budget.Manager, r budget.Reservation) error{
		"a release": func(ctx context.Context, _ *budget.Manager, r budget.Reservation) error {
			return r.Release(ctx, "status 500")
		},
		"a higher limit": func(ctx context.Context, m *budget.Manager, _ budget.Reservation) error {
			return m.SetLimit(ctx, budget.Total, budget.TokenLimit(500))
		},
		"a reset": func(ctx context.Context, m *budget.Manager, _ budget.Reservation) error { return m.Reset(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
				r := mustReserve(t, m, ctx, call(60, 0))
				got := make(chan error)
				go func() {
					_, err := m.Reserve(ctx, call(60, 0))
					got <- err
				}()
				synctest.Wait()
				must(t, wake(ctx, m, r))
				must(t, <-got)
			})
		})
	}
}

func TestACancelledWaiterLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
		r := mustReserve(t, m, ctx, call(60, 0))
		cancelled, cancel := context.WithCancelCause(ctx)
		why := errors.New("the user left")
		got := make(chan error)
		go func() {
			_, err := m.Reserve(cancelled, call(60, 0))
			got <- err
		}()
		synctest.Wait()
		cancel(why)
		if err := <-got; !errors.Is(err, why) {
			t.Errorf("err = %v", err)
		}
		must(t, r.Settle(ctx, used(10, 0)))
		if got := total(m); got.Held.Tokens != 0 {
			t.Errorf("held %d", got.Held.Tokens)
		}
	})
}

func TestNobodyWaitsWhileHolding(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	r := mustReserve(t, m, ctx, call(60, 0))
	_, err := m.Reserve(r.Context(ctx), call(60, 0))
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Final() {
		t.Errorf("err = %v, want a refusal that is not final", err)
	}
}

func TestOverrunIsDebt(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	r := mustReserve(t, m, ctx, call(50, 40))
	must(t, r.Settle(ctx, used(50, 70)))
	got := total(m)
	if got.Settled.Tokens != 120 || got.Overrun.Tokens != 30 || got.Debt.Overrun.Tokens != 20 {
		t.Errorf("%+v", got)
	}
	if *got.Remaining.Tokens != -20 {
		t.Errorf("remaining %d", *got.Remaining.Tokens)
	}
}

func TestALoweredLimitIsDebtAndRefuses(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	mustReserve(t, m, ctx, call(80, 0))
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(50)))
	if got := total(m); got.Debt.Lowered.Tokens != 30 {
		t.Errorf("%+v", got)
	}
	if _, err := m.TryReserve(ctx, call(1, 0)); err == nil {
		t.Error("granted above the lowered limit")
	}
}

func TestRecordedUsageIsDebtAboveTheLimit(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	must(t, m.Record(ctx, budget.Call{Model: "m"}, used(130, 0)))
	if got := total(m); got.Settled.Tokens != 130 || got.Debt.Recorded.Tokens != 30 || got.Overrun.Tokens != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSoftAdmitsMarksAndTakesBackUnusedDebt(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100), Mode: budget.Soft}), t.Context()
	within := mustReserve(t, m, ctx, call(90, 0))
	over := mustReserve(t, m, ctx, call(40, 20))
	if within.OverLimit() || !over.OverLimit() {
		t.Error("the reservation over the limit is not the marked one")
	}
	if got := total(m).Debt.Soft.Tokens; got != 50 {
		t.Errorf("debt %d, want 50", got)
	}
	must(t, over.Settle(ctx, used(40, 5)))
	if got := total(m).Debt.Soft.Tokens; got != 35 {
		t.Errorf("debt %d after 15 came back, want 35", got)
	}
}

func TestTheWarningFiresOncePerCrossing(t *testing.T) {
	var warned []string
	m := newManager(t, budget.Config{Limits: totalLimit(100), Threshold: 80,
		OnWarning: func(w budget.Status) {
			warned = append(warned, fmt.Sprintf("%v: %d settled, %d left", w.Scope, w.Settled.Tokens, *w.Remaining.Tokens))
		}})
	ctx := t.Context()
	spend := func(n int64) { must(t, mustReserve(t, m, ctx, call(n, 0)).Settle(ctx, used(n, 0))) }
	spend(79)
	spend(1)
	spend(10)
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(1000)))
	spend(710)
	want := []string{
		"total: 80 settled, 20 left",
		"total: 800 settled, 200 left",
	}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Error(diff)
	}
}

func TestCostIsUnknownNotZero(t *testing.T) {
	m, ctx := newManager(t, budget.Config{}), t.Context()
	must(t, mustReserve(t, m, ctx, call(10, 10)).Settle(ctx, used(10, 10)))
	if got := total(m); got.Unpriced != 20 || got.Settled.Cost != 0 {
		t.Errorf("%+v", got)
	}
}

func TestADearerModelOrBillIsBookedInFull(t *testing.T) {
	prices := budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD), "dear": budget.FlatPrice(10*budget.USD, 10*budget.USD)}
	cost := func(o budget.Outcome) budget.Status {
		m, ctx := newManager(t, budget.Config{Prices: prices, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(200_000)}}), t.Context()
		must(t, mustReserve(t, m, ctx, call(100, 100)).Settle(ctx, o))
		return total(m)
	}
	o := used(100, 100)
	o.Served = "dear"
	if got := cost(o); got.Settled.Cost != 2_000_000 || got.Debt.Overrun.Cost != 1_800_000 {
		t.Errorf("served by a dearer model: %+v", got)
	}
	o.Billed = new(budget.NanoUSD(250_000))
	if got := cost(o); got.Settled.Cost != 250_000 || got.Debt.Overrun.Cost != 50_000 {
		t.Errorf("billed by the provider: %+v", got)
	}
}

func TestImpossibleUsageIsChargedAtTheHold(t *testing.T) {
	prices := budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)}
	for _, o := range []budget.Outcome{
		{Usage: budget.Usage{Input: -1, Output: 5}},
		{Usage: budget.Usage{Input: budget.MaxTokens + 1}},
		{Usage: budget.Usage{Output: 5, Reasoning: budget.MaxTokens + 1}},
		{Usage: budget.Usage{Input: 5}, Billed: new(budget.NanoUSD(-1))},
		{Usage: budget.Usage{Input: 5}, Billed: new(budget.NanoUSD(1 << 62))},
	} {
		m, ctx := newManager(t, budget.Config{Prices: prices}), t.Context()
		must(t, mustReserve(t, m, ctx, call(30, 10)).Settle(ctx, o))
		if got, want := total(m), (budget.Amount{Tokens: 40, Cost: 40_000}); got.Settled != want || got.Assumed != want {
			t.Errorf("%+v", got)
		}
	}
}

func TestAHoldSettlesInThePeriodItWasTakenIn(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	run := budget.WithScopes(ctx, budget.Run("r"))
	r := mustReserve(t, m, run, call(60, 0))
	must(t, m.Reset(ctx))
	fresh := mustReserve(t, m, run, call(100, 0))
	must(t, r.Settle(ctx, used(60, 0)))
	must(t, fresh.Settle(ctx, used(20, 0)))
	if got := total(m); got.Settled.Tokens != 20 {
		t.Errorf("the old hold settled in the new period: %+v", got)
	}
	for _, s := range m.Standing().Scopes {
		if s.Scope == budget.Run("r") && s.Settled.Tokens != 80 {
			t.Errorf("the run lost what it spent before the reset: %+v", s)
		}
	}
}

// Strict mode lets exactly what the limit buys through, however many ask at once.
func TestNoOvershoot(t *testing.T) {
	for _, tc := range []struct {
		name        string
		onFull      budget.OnFull
		hold, usage int64
		want        int
	}{
		{"refuse, hold equals usage", budget.Refuse, 10, 10, 100},
		{"wait, hold equals usage", budget.Wait, 10, 10, 100},
		{"wait, hold three times the usage", budget.Wait, 30, 10, 98},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, ctx := newManager(t, budget.Config{Limits: totalLimit(1000), OnFull: tc.onFull}), t.Context()
			var wg sync.WaitGroup
			admitted := make(chan struct{}, 1000)
			for range 1000 {
				wg.Go(func() {
					r, err := m.Reserve(ctx, call(tc.hold, 0))
					if err == nil {
						admitted <- struct{}{}
						err = r.Settle(ctx, used(tc.usage, 0))
					}
					if err != nil && !errors.As(err, new(*budget.ExceededError)) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(admitted) != tc.want {
				t.Errorf("%d of 1000 calls were admitted, want %d", len(admitted), tc.want)
			}
			if got := total(m); got.Settled.Tokens != int64(tc.want)*tc.usage || !got.Debt.Total().IsZero() {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestRandomSchedules drives many goroutines through every operation and checks the promise after each.
func TestRandomSchedules(t *testing.T) {
	for seed := range uint64(20) {
		mode := []budget.Mode{budget.Strict, budget.Soft}[seed%2]
		m := newManager(t, budget.Config{Mode: mode, Limits: budget.Limits{
			budget.Total: budget.TokenLimit(5000), budget.Task(""): budget.TokenLimit(900), budget.Model("m"): budget.TokenLimit(4000),
		}})
		var wg sync.WaitGroup
		for g := range uint64(8) {
			wg.Go(func() { randomCalls(t, m, rand.New(rand.NewPCG(seed, g)), mode) })
		}
		wg.Wait()
		for _, s := range m.Standing().Scopes {
			if !s.Held.IsZero() {
				t.Errorf("seed %d: %v still holds %v", seed, s.Scope, s.Held)
			}
		}
	}
}

func randomCalls(t *testing.T, m *budget.Manager, rnd *rand.Rand, mode budget.Mode) {
	for range 100 {
		ctx := budget.WithScopes(context.Background(), budget.Run("r"), budget.Task(string(rune('a'+rnd.IntN(6)))))
		c := budget.Call{Model: []string{"m", "n"}[rnd.IntN(2)], Input: rnd.Int64N(50), MinOutput: 1, MaxOutput: 1 + rnd.Int64N(100)}
		if rnd.IntN(4) == 0 {
			c.MinOutput = c.MaxOutput
		}
		r, err := m.Reserve(ctx, c)
		if err != nil {
			if mode == budget.Soft || !errors.As(err, new(*budget.ExceededError)) {
				t.Error(err)
			}
			continue
		}
		switch rnd.IntN(5) {
		case 0:
			err = r.Release(ctx, "status 500")
		case 1:
			r.Sent()
			err = r.Close(ctx)
		case 2:
			err = r.Settle(ctx, used(c.Input+rnd.Int64N(40), r.Output())) // an overrun
		default:
			err = r.Settle(ctx, used(c.Input, rnd.Int64N(r.Output()+1)))
		}
		if err != nil {
			t.Error(err)
		}
		switch rnd.IntN(40) {
		case 0:
			err = m.SetLimit(ctx, budget.Total, budget.TokenLimit(3000+rnd.Int64N(3000)))
		case 1:
			err = m.Record(ctx, budget.Call{Model: "m"}, used(rnd.Int64N(30), 0))
		}
		if err != nil {
			t.Error(err)
		}
		checkInvariants(t, m)
	}
}

// TestTheSteadyStateAllocatesNothing: without a ledger a reservation and its end cost no memory, whatever the end.
func TestTheSteadyStateAllocatesNothing(t *testing.T) {
	m, ctx := benchManager()
	for name, end := range map[string]func(budget.Reservation) error{
		"settle":  func(r budget.Reservation) error { return r.Settle(ctx, used(800, 120)) },
		"overrun": func(r budget.Reservation) error { return r.Settle(ctx, used(800, 900)) },
		"release": func(r budget.Reservation) error { return r.Release(ctx, budget.NotSent) },
		"close":   func(r budget.Reservation) error { r.Sent(); return r.Close(ctx) },
	} {
		allocs := testing.AllocsPerRun(100, func() {
			if err := end(mustReserve(t, m, ctx, benchCall)); err != nil {
				t.Fatal(err)
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

// Of several thresholds each is warned of once; of those that one charge crosses, the highest.
func TestThresholds(t *testing.T) {
	var warned []int
	m := budget.New(budget.Config{
		Limits: budget.Limits{budget.Total: budget.TokenLimit(100)}, Thresholds: []int{95, 50, 80}, Logger: slog.New(slog.DiscardHandler),
		OnWarning: func(s budget.Status) { warned = append(warned, s.Warned) },
	})
	for _, used := range []int64{40, 10, 9, 35, 5} { // 40, 50, 59, 94, 99
		r, err := m.Reserve(t.Context(), budget.Call{Model: "m", Input: used})
		must(t, err)
		r.Sent()
		must(t, r.Settle(t.Context(), budget.Outcome{Usage: budget.Usage{Input: used}}))
	}
	must(t, m.SetLimit(t.Context(), budget.Total, budget.TokenLimit(198)))
	if s := m.Total(); s.Warned != 50 {
		t.Errorf("at half of a raised limit: %d", s.Warned)
	}
	if want := []int{50, 80, 95}; !slices.Equal(warned, want) {
		t.Errorf("warned at %v, want %v", warned, want)
	}
}

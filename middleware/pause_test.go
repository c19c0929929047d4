package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// refusal is an answer with a status, which asks to wait.
func refusal(status int, wait time.Duration) *wire.Error {
	return &wire.Error{Class: wire.ClassOf(status), Status: status, Sent: true, RetryAfter: wait}
}

// billed is a refusal that reports usage.
func billed(e *wire.Error) *wire.Error {
	e.Answer = &wire.Response{Usage: &wire.Usage{Usage: budget.Usage{Input: 5}}}
	return e
}

var (
	refused = &wire.Error{Class: wire.Unreachable, Err: errors.New("connection refused")}
	reset   = &wire.Error{Class: wire.Lost, Sent: true, Err: errors.New("connection reset")}
	slow    = &wire.Error{Class: wire.Lost, Sent: true, Err: context.DeadlineExceeded}
	words   = &wire.Error{Class: wire.Server, Status: 200, Code: "overloaded_error", Sent: true}
)

// script answers with one error after the other, and well from then on. It counts the calls.
type script struct {
	errs  []error
	calls atomic.Int64
}

func (s *script) Generate(context.Context, *middleware.Request) (*middleware.Response, error) {
	if n := s.calls.Add(1); n <= int64(len(s.errs)) {
		return nil, s.errs[n-1]
	}
	return usedAnswer(1, 1), nil
}

func times(n int, err error) (list []error) {
	for range n {
		list = append(list, err)
	}
	return list
}

// What an attempt's end does to one call: how often the provider is asked, how long that takes, and how
// often Retry, which allows two attempts a call, would have had to repeat.
func TestWhatPausesAProvider(t *testing.T) {
	const hour = time.Hour
	for _, tc := range []struct {
		name     string
		patience time.Duration
		errs     []error
		calls    int64
		least    time.Duration // that it takes, and at most twice as much and a second
		paused   bool          // it ends with a PausedError
		failed   bool          // it ends with the provider's error
	}{
		{"429 for as long as it says", 0, []error{refusal(429, 3*time.Second)}, 2, 3 * time.Second, false, false},
		{"429 for longer than Retry would wait", 0, []error{refusal(429, 5*time.Minute)}, 2, 5 * time.Minute, false, false},
		{"429 more often than Retry would try", 0, times(5, refusal(429, time.Second)), 6, 5 * time.Second, false, false},
		{"429 without a word", 0, times(4, refusal(429, 0)), 5, 5 * time.Second, false, false},
		{"429 for longer than patience", 0, []error{refusal(429, hour)}, 1, 0, true, false},
		{"429s for longer than patience together", 0, times(9, refusal(429, 4*time.Minute)), 3, 8 * time.Minute, true, false},
		{"429 without patience", -1, []error{refusal(429, time.Second)}, 1, 0, true, false},
		{"429 that asks for next to nothing", time.Minute, times(1000, refusal(429, time.Microsecond)), 121, 59 * time.Second, true, false},
		{"429 that was billed", 0, times(9, billed(refusal(429, time.Second))), 2, time.Second, false, true},
		{"503", 0, []error{refusal(503, 3*time.Second)}, 2, 3 * time.Second, false, false},
		{"503 without a word", 0, times(4, refusal(503, 0)), 5, 5 * time.Second, false, false},
		{"529", 0, times(4, refusal(529, 0)), 5, 5 * time.Second, false, false},
		{"overloaded in a stream, which may have been billed", 0, times(4, words), 2, 375 * time.Millisecond, false, true},
		{"500 that asks to wait", 0, times(4, refusal(500, time.Minute)), 5, 4 * time.Minute, false, false},
		{"500", 0, times(4, refusal(500, 0)), 2, 375 * time.Millisecond, false, true},
		{"502 that asks to wait may have been billed", 0, times(4, refusal(502, time.Minute)), 2, time.Minute, false, true},
		{"a connection that breaks may have been billed", 0, times(4, reset), 2, 375 * time.Millisecond, false, true},
		{"a call that takes too long", 0, times(4, slow), 2, 375 * time.Millisecond, false, true},
		{"refused connections before any answer", 0, times(4, refused), 2, 375 * time.Millisecond, false, true},
		{"refused connections after an answer", 0, append([]error{refusal(429, time.Second)}, times(4, refused)...), 6, 6 * time.Second, false, false},
		{"400", 0, times(4, refusal(400, 0)), 1, 0, false, true},
		{"401", 0, times(4, refusal(401, 0)), 1, 0, false, true},
		{"402", 0, times(4, refusal(402, time.Minute)), 1, 0, false, true},
		{"a client's own error", 0, times(4, errors.New("a bug")), 2, 375 * time.Millisecond, false, true},
		{"429, then a wrong request", 0, []error{refusal(429, time.Second), refusal(400, 0)}, 2, time.Second, false, true},
		{"503, then 500, then well", 0, []error{refusal(503, time.Second), refusal(500, 0)}, 3, 1500 * time.Millisecond, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := &script{errs: tc.errs}
				gates := middleware.NewGates(middleware.GateOptions{Patience: tc.patience})
				c := middleware.Chain(provider, middleware.Retry(middleware.RetryOptions{Attempts: 2}), gates.Pause("p"))
				start := time.Now()
				_, err := c.Generate(t.Context(), request(1, 1))
				took := time.Since(start)
				var paused *wire.PausedError
				if got := errors.As(err, &paused); got != tc.paused || (err != nil && !got) != tc.failed {
					t.Errorf("error %v", err)
				}
				if provider.calls.Load() != tc.calls || took < tc.least || took > 2*tc.least+time.Second {
					t.Errorf("%d calls in %v, want %d in %v", provider.calls.Load(), took, tc.calls, tc.least)
				}
			})
		})
	}
}

// A refusal to wait says until when, where the provider said it.
func TestAPausedErrorSaysWhatTheProviderSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, wait := range []time.Duration{time.Hour, 0} {
			gates := middleware.NewGates(middleware.GateOptions{Patience: -1})
			_, err := gates.Pause("p")(client(nil, refusal(429, wait))).Generate(t.Context(), request(1, 1))
			var paused *wire.PausedError
			if !errors.As(err, &paused) || paused.Provider != "p" || paused.Model != "m" || paused.Cause.Status != 429 || paused.Stopped {
				t.Fatalf("%+v", err)
			}
			want := time.Time{}
			if wait > 0 {
				want = time.Now().Add(wait)
			}
			if !paused.NotBefore.Equal(want) || !paused.Until.After(time.Now()) {
				t.Errorf("asked to wait %v: not before %v, until %v", wait, paused.NotBefore, paused.Until)
			}
			if middleware.Retryable(err) {
				t.Error("it would be tried again")
			}
		}
	})
}

// crowd is a provider that refuses everybody for a while, and counts who asked it then.
type crowd struct {
	err    func() error // while it refuses
	until  time.Time
	early  atomic.Int64
	served atomic.Int64
	takes  time.Duration // each answer
}

func (c *crowd) Generate(ctx context.Context, _ *middleware.Request) (*middleware.Response, error) {
	if err := sleep(ctx, c.takes); err != nil {
		return nil, err
	}
	if time.Now().Before(c.until) {
		c.early.Add(1)
		return nil, c.err()
	}
	c.served.Add(1)
	return usedAnswer(1, 1), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// All callers of a provider pause together, whichever chain they come through, and one asks for all whether
// the pause is over. Retry has one attempt: none is used up.
func TestAProviderIsAskedByOneCallerForAll(t *testing.T) {
	for _, tc := range []struct {
		status int
		asks   time.Duration
		early  int64 // 8 at once, then one at a time
	}{
		{429, 10 * time.Second, 8},
		{503, 10 * time.Second, 8},
		{429, 0, 8 + 5}, // after .5, 1, 2, 4 s and so on, more or less
		{529, 0, 8 + 5},
	} {
		t.Run(fmt.Sprint(tc.status, tc.asks), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				provider := &crowd{until: time.Now().Add(10 * time.Second), takes: 10 * time.Millisecond}
				provider.err = func() error {
					if tc.asks == 0 {
						return refusal(tc.status, 0)
					}
					return refusal(tc.status, time.Until(provider.until))
				}
				gates := middleware.NewGates(middleware.GateOptions{})
				var callers sync.WaitGroup
				for range 8 { // workers with a chain each
					c := middleware.Chain(provider, middleware.Retry(middleware.RetryOptions{Attempts: 1}), gates.Pause("p"))
					callers.Go(func() {
						for range 3 {
							if _, err := c.Generate(t.Context(), request(1, 1)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				callers.Wait()
				if early := provider.early.Load(); early < 8 || early > tc.early || provider.served.Load() != 24 {
					t.Errorf("asked %d times while it refused, want %d; served %d", early, tc.early, provider.served.Load())
				}
				if list, _ := gates.Paused(); len(list) > 0 {
					t.Errorf("still paused: %+v", list)
				}
			})
		})
	}
}

// A 429 is of a model, a 503 and a lost connection of the provider; neither is another provider's. What else fails a call is
// nobody else's.
func TestWhomAPauseHoldsBack(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		own   bool // the model goes on
		model bool // another model of the provider goes on
	}{
		{"429", refusal(429, time.Minute), false, true},
		{"503", refusal(503, time.Minute), false, false},
		{"529", refusal(529, time.Minute), false, false},
		{"reset", reset, false, false},
		{"a call that takes too long", slow, true, true},
		{"400", refusal(400, time.Minute), true, true},
		{"500", refusal(500, 0), true, true},
		{"a client's own error", errors.New("a bug"), true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gates := middleware.NewGates(middleware.GateOptions{Patience: -1})
				ask := func(provider, model string, err error) error {
					req := *request(1, 1)
					req.Model = model
					_, err = gates.Pause(provider)(client(usedAnswer(1, 1), err)).Generate(t.Context(), &req)
					return err
				}
				if err := ask("p", "m", tc.err); err == nil {
					t.Fatal("no error")
				}
				if err := ask("p", "m", nil); (err == nil) != tc.own {
					t.Errorf("the model: %v", err)
				}
				if err := ask("p", "other", nil); (err == nil) != tc.model {
					t.Errorf("another model: %v", err)
				}
				if err := ask("q", "m", nil); err != nil {
					t.Errorf("another provider: %v", err)
				}
			})
		})
	}
}

// Who waits at a gate holds no money and no permit.
func TestAPauseHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(102)}})
		gates := middleware.NewGates(middleware.GateOptions{})
		rate := middleware.RateLimit(middleware.Rates{RequestsPerMinute: 2})
		c := middleware.Chain(&script{errs: []error{refusal(429, 30*time.Second)}},
			gates.Pause("p"), rate, middleware.Budget(m, middleware.BudgetOptions{}))
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := c.Generate(t.Context(), request(60, 40)); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		other := middleware.Chain(client(usedAnswer(1, 1), nil), rate, middleware.Budget(m, middleware.BudgetOptions{}))
		start := time.Now()
		if _, err := other.Generate(t.Context(), request(60, 38)); err != nil || time.Since(start) > 0 {
			t.Errorf("after %v: %v; held %d", time.Since(start), err, m.Total().Held.Tokens)
		}
		group.Wait()
	})
}

// A caller that waits for a permit, or for money, while the provider is paused is not sent.
func TestAWaitingCallIsTurnedBack(t *testing.T) {
	t.Run("permit", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			provider := &script{errs: []error{refusal(429, 3*time.Minute)}}
			late := middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
				_ = sleep(ctx, time.Second) // the other call passes the gate meanwhile
				return provider.Generate(ctx, req)
			})
			gates := middleware.NewGates(middleware.GateOptions{})
			c := middleware.Chain(late, gates.Pause("p"), middleware.RateLimit(middleware.Rates{RequestsPerMinute: 1}))
			start := time.Now()
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() { _, _ = c.Generate(t.Context(), request(1, 1)) })
			}
			time.Sleep(179 * time.Second)
			if provider.calls.Load() != 1 {
				t.Errorf("%d calls while it was paused", provider.calls.Load())
			}
			group.Wait()
			if provider.calls.Load() != 3 || time.Since(start) > 5*time.Minute {
				t.Errorf("%d calls after %v", provider.calls.Load(), time.Since(start))
			}
		})
	})
	t.Run("money", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newManager(t, budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(12)}})
			provider := &crowd{err: func() error { return refusal(429, time.Minute) }, until: time.Now().Add(time.Minute), takes: time.Second}
			gates := middleware.NewGates(middleware.GateOptions{})
			c := middleware.Chain(provider, gates.Pause("p"), middleware.RateLimit(middleware.Rates{RequestsPerMinute: 60}), middleware.Budget(m, middleware.BudgetOptions{}))
			var group sync.WaitGroup
			for range 2 { // the budget has room for one at a time
				group.Go(func() {
					if _, err := c.Generate(t.Context(), request(5, 5)); err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(30 * time.Second)
			if held := m.Total().Held; provider.early.Load() != 1 || !held.IsZero() {
				t.Errorf("%d calls while it was paused; held %v", provider.early.Load(), held)
			}
			group.Wait()
		})
	})
}

// Patience is a task's, over all its calls; another task has its own.
func TestPatienceIsATasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := middleware.NewGates(middleware.GateOptions{Patience: 5 * time.Minute})
		ask := func(task string) error {
			ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task(task))
			provider := &script{errs: []error{refusal(429, 2*time.Minute)}}
			_, err := gates.Pause("p")(provider).Generate(ctx, request(1, 1))
			return err
		}
		for i, ok := range []bool{true, true, false} {
			if err := ask("a"); (err == nil) != ok {
				t.Errorf("call %d: %v", i+1, err)
			}
		}
		time.Sleep(2 * time.Minute)
		if err := ask("b"); err != nil {
			t.Errorf("another task: %v", err)
		}
	})
}

// A provider that does not come back costs a run its patience once, not once for each task.
func TestPatienceWearsOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := middleware.NewGates(middleware.GateOptions{})
		provider := &crowd{err: func() error { return refusal(503, 0) }, until: time.Now().Add(100 * time.Hour)}
		c := gates.Pause("p")(provider)
		start := time.Now()
		for i := range 1000 {
			ctx := budget.WithScopes(t.Context(), budget.Task(fmt.Sprint(i)))
			var paused *wire.PausedError
			if _, err := c.Generate(ctx, request(1, 1)); !errors.As(err, &paused) {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 11*time.Minute || took < 9*time.Minute {
			t.Errorf("1000 tasks waited %v", took)
		}
		time.Sleep(100 * time.Hour)
		if _, err := c.Generate(t.Context(), request(1, 1)); err != nil {
			t.Errorf("when it is back: %v", err)
		}
	})
}

// A task that is refused for itself, because it asks for more than a minute's tokens say, keeps no other from
// being done: the provider was not asked by another yet.
func TestATaskThatAsksForTooMuchIsNoOtherTasksFault(t *testing.T) {
	for _, slots := range []int{1, 4} {
		t.Run(fmt.Sprint(slots), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gates := middleware.NewGates(middleware.GateOptions{})
				c := gates.Pause("p")(middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
					if err := sleep(ctx, time.Second); err != nil {
						return nil, err
					}
					if req.MaxOutput > 1000 {
						return nil, refusal(429, 0)
					}
					return usedAnswer(1, 1), nil
				}))
				var failed atomic.Int64
				tasks := make(chan int64, 40)
				for i := range int64(40) {
					tasks <- i
				}
				close(tasks)
				var group sync.WaitGroup
				for range slots {
					group.Go(func() {
						for i := range tasks {
							ctx, size := budget.WithScopes(t.Context(), budget.Task(fmt.Sprint(i))), int64(1)
							if i == 0 {
								size = 2000
							}
							if _, err := c.Generate(ctx, request(1, size)); err != nil {
								failed.Add(1)
							}
						}
					})
				}
				group.Wait()
				if failed.Load() != 1 {
					t.Errorf("%d of 40 tasks failed", failed.Load())
				}
			})
		})
	}
}

// A call that goes ahead and takes its time, as a long answer does, keeps the others back for Max.
func TestACallThatGoesAheadIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := middleware.NewGates(middleware.GateOptions{Max: 20 * time.Second})
		calls := 0
		stuck := gates.Pause("p")(middleware.ClientFunc(func(ctx context.Context, _ *middleware.Request) (*middleware.Response, error) {
			if calls++; calls == 1 {
				return nil, refusal(503, time.Second)
			}
			return nil, sleep(ctx, time.Hour)
		}))
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _, _ = stuck.Generate(ctx, request(1, 1)) })
		time.Sleep(2 * time.Second)
		start := time.Now()
		if _, err := gates.Pause("p")(client(usedAnswer(1, 1), nil)).Generate(t.Context(), request(1, 1)); err != nil || time.Since(start) > 20*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		cancel()
		group.Wait()
	})
}

// Stop and the end of a context end a wait at once; what is under way goes on.
func TestAWaitEndsAtOnce(t *testing.T) {
	for _, how := range []string{"stop", "cancel"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gates := middleware.NewGates(middleware.GateOptions{})
				c := gates.Pause("p")(&script{errs: times(1, refusal(429, time.Minute))})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				end := map[string]func(){"stop": gates.Stop, "cancel": cancel}[how]
				start := time.Now()
				time.AfterFunc(time.Second, end)
				_, err := c.Generate(ctx, request(1, 1))
				var paused *wire.PausedError
				if stopped := errors.As(err, &paused) && paused.Stopped; stopped != (how == "stop") || stopped == errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("took %v", took)
				}
				if how == "stop" { // where nobody waits, calls go on
					if _, err := gates.Pause("q")(client(usedAnswer(1, 1), nil)).Generate(t.Context(), request(1, 1)); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// Stop ends what else a call may wait for, too: a rate that is set, and the delay before the next attempt. What is not
// waiting goes on. (A first interrupt that sits out fifteen delays: OpenHands#3965.)
func TestStopEndsEveryWait(t *testing.T) {
	for name, chain := range map[string]func(*middleware.Gates, middleware.Client) middleware.Client{
		"a rate": func(g *middleware.Gates, c middleware.Client) middleware.Client {
			return middleware.Chain(c, middleware.Retry(middleware.RetryOptions{Gates: g}), g.Pause("p"), middleware.RateLimit(middleware.Rates{RequestsPerMinute: 1}))
		},
		"the next attempt": func(g *middleware.Gates, c middleware.Client) middleware.Client {
			failing := &script{errs: times(9, refusal(500, 0))}
			retry := middleware.RetryOptions{Attempts: 9, Initial: time.Hour, Max: time.Hour, Gates: g}
			return middleware.Chain(failing, middleware.Retry(retry), g.Pause("p"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gates := middleware.NewGates(middleware.GateOptions{})
				c := chain(gates, client(usedAnswer(1, 1), nil))
				if name == "a rate" {
					if _, err := c.Generate(t.Context(), request(1, 1)); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				time.AfterFunc(time.Second, gates.Stop)
				for _, want := range []time.Duration{time.Second, time.Second} { // the second begins when all is stopped
					_, err := c.Generate(t.Context(), request(1, 1))
					var paused *wire.PausedError
					if !errors.As(err, &paused) || !paused.Stopped || paused.Model != "m" || !strings.Contains(err.Error(), "nobody waits for it any more") {
						t.Errorf("error %v", err)
					}
					if took := time.Since(start); took != want {
						t.Errorf("took %v", took)
					}
				}
				if now, _ := gates.Paused(); len(now) > 0 {
					t.Errorf("a wait of ours paused the provider: %v", now)
				}
				if _, err := gates.Pause("q")(client(usedAnswer(1, 1), nil)).Generate(t.Context(), request(1, 1)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A caller that went ahead and came to nothing leaves its place to the next.
func TestACallThatGoesAheadMayComeToNothing(t *testing.T) {
	for name, nothing := range map[string]func(cancel func()) error{
		"a refusal of the budget": func(func()) error { return &budget.ExceededError{Scope: budget.Total} },
		"a cancelled call": func(cancel func()) error {
			cancel()
			return &wire.Error{Class: wire.Lost, Sent: true, Err: context.Canceled}
		},
		"a request that cannot be encoded": func(func()) error {
			return &wire.Error{Class: wire.Invalid, Err: errors.New("no JSON")}
		},
		"a panic": func(func()) error { panic("a bug") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gates := middleware.NewGates(middleware.GateOptions{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				calls := 0
				first := gates.Pause("p")(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
					if calls++; calls == 1 {
						return nil, refusal(503, time.Minute)
					}
					return nil, nothing(cancel)
				}))
				func() {
					defer func() { _ = recover() }()
					if _, err := first.Generate(ctx, request(1, 1)); err == nil {
						t.Error("no error")
					}
				}()
				start := time.Now()
				if _, err := gates.Pause("p")(client(usedAnswer(1, 1), nil)).Generate(t.Context(), request(1, 1)); err != nil || time.Since(start) > 0 {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

// A stream of which a piece was passed on is not begun again.
func TestAStreamThatHadBegunIsNotRepeatedAtAGate(t *testing.T) {
	calls := 0
	c := middleware.NewGates(middleware.GateOptions{}).Pause("p")(middleware.ClientFunc(
		func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
			calls++
			req.OnDelta(middleware.Delta{Text: "once"})
			return nil, refusal(503, 0)
		}))
	req := request(1, 1)
	req.OnDelta = func(middleware.Delta) {}
	if _, err := c.Generate(t.Context(), req); err == nil || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

// Paused lists what is paused, and its channel says when that changes.
func TestPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates := middleware.NewGates(middleware.GateOptions{Patience: -1})
		list, changed := gates.Paused()
		if len(list) != 0 {
			t.Fatal(list)
		}
		provider := &script{errs: []error{refusal(429, time.Minute)}}
		_, _ = gates.Pause("p")(provider).Generate(t.Context(), request(1, 1))
		<-changed
		list, changed = gates.Paused()
		want := wire.Pause{Provider: "p", Model: "m", Until: time.Now().Add(time.Minute), Reason: "rate_limit (status 429); it asks to wait 1m0s"}
		if len(list) != 1 || list[0] != want {
			t.Errorf("%+v", list)
		}
		time.Sleep(time.Minute)
		if _, err := gates.Pause("p")(provider).Generate(t.Context(), request(1, 1)); err != nil {
			t.Fatal(err)
		}
		<-changed
		if list, _ = gates.Paused(); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

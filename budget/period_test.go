package budget_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

func TestAPeriodBeginsOnTimeExactlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(budget.Memory)
		m := openManager(t, l, budget.Config{Limits: totalLimit(100), Calendar: &calendar.Periods{Unit: calendar.Day}})
		first := mustReserve(t, m, t.Context(), call(100, 0))
		time.Sleep(time.Until(m.Period().End))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				r, err := m.Reserve(t.Context(), call(2, 0))
				if err == nil {
					err = r.Settle(t.Context(), used(2, 0))
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		must(t, first.Settle(t.Context(), used(90, 0)))
		if got := total(m); m.Period().ID != 2 || got.Settled.Tokens != 100 {
			t.Errorf("period %d, settled %d: the old hold settles in its own period", m.Period().ID, got.Settled.Tokens)
		}
		checkBooks(t, m, l, totalLimit(100))
	})
}

func TestWaitersWakeWhenThePeriodBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{Limits: totalLimit(100), Calendar: &calendar.Periods{Unit: calendar.Day}})
		hold := mustReserve(t, m, t.Context(), call(100, 0)) // never returns: an agent that works past midnight
		end := m.Period().End
		r, err := m.Reserve(t.Context(), call(60, 0)) // nobody else is there to notice midnight
		must(t, err)
		if now := time.Now(); now.Before(end) || now.Sub(end) > time.Second {
			t.Errorf("woke at %v, the period began at %v", now, end)
		}
		must(t, r.Settle(t.Context(), used(1, 0)))
		must(t, hold.Settle(t.Context(), used(1, 0)))
	})
}

func TestARefusalSaysWhenThePeriodEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{
			Limits:   budget.Limits{budget.Total: budget.TokenLimit(100), budget.Task(""): budget.TokenLimit(10)},
			Calendar: &calendar.Periods{Unit: calendar.Week},
		})
		until := func(ctx context.Context, input int64) time.Time {
			var exceeded *budget.ExceededError
			if err := m.Check(ctx, call(input, 0)); !errors.As(err, &exceeded) {
				t.Fatal(err)
			}
			return exceeded.Until
		}
		ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t"))
		if got := until(ctx, 200); !got.Equal(m.Period().End) {
			t.Errorf("total: until %v", got)
		}
		if got := until(ctx, 20); !got.IsZero() {
			t.Errorf("a task's limit does not end with the period: %v", got)
		}
	})
}

// A clock that is set back begins nothing, and the period that is open goes on.
func TestAnOwnerGoesOnInThePeriodThatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(budget.Memory)
		cfg := budget.Config{Limits: totalLimit(100), Calendar: &calendar.Periods{Unit: calendar.Day}}
		first := openManager(t, l, cfg)
		must(t, mustReserve(t, first, t.Context(), call(60, 0)).Settle(t.Context(), used(60, 0)))
		again := openManager(t, l, cfg)
		if again.Period().ID != 1 || total(again).Settled.Tokens != 60 || !again.Period().End.Equal(first.Period().End) {
			t.Errorf("%+v", again.Period())
		}
		time.Sleep(72 * time.Hour)
		late := openManager(t, l, cfg)
		if late.Period().ID != 2 || !total(late).Settled.IsZero() {
			t.Errorf("three days later: %+v", late.Period())
		}
	})
}

func TestAHoldThatOutlivesItsDeadlineHasLeaked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(budget.Memory)
		m := openManager(t, l, budget.Config{Limits: totalLimit(100), HoldTimeout: time.Minute})
		leaked := mustReserve(t, m, t.Context(), call(40, 0))
		time.Sleep(30 * time.Second)
		ended := mustReserve(t, m, t.Context(), call(10, 0))
		must(t, ended.Settle(t.Context(), used(5, 0)))
		second := mustReserve(t, m, t.Context(), call(20, 0))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := total(m); got.Held.Tokens != 20 || got.Assumed.Tokens != 40 {
			t.Errorf("after 61 s: %+v", got)
		}
		must(t, leaked.Settle(t.Context(), used(1, 0))) // too late, and harmless
		time.Sleep(time.Minute)
		synctest.Wait()
		must(t, second.Close(t.Context()))
		if got := total(m); got.Held.Tokens != 0 || got.Assumed.Tokens != 60 {
			t.Errorf("in the end: %+v", got)
		}
		checkBooks(t, m, l, totalLimit(100))
	})
}

// A ledger that is slower than the deadline must not get the end of a hold before its beginning.
func TestAHoldThatIsBeingWrittenHasNotLeaked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l := openGated(t, budget.Config{HoldTimeout: time.Minute})
		go func() { mustReserve(t, m, t.Context(), call(40, 0)) }()
		time.Sleep(time.Hour)
		l.pass()
		time.Sleep(time.Minute)
		l.pass()
		if diff := cmp.Diff([]budget.Op{budget.OpReset, budget.OpReserve, budget.OpSettle}, ops(l.Memory)); diff != "" {
			t.Error(diff)
		}
	})
}

// A task that hangs leaves its tab open with the hold.
func TestALeakedHoldOnATabIsCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(budget.Memory)
		m := openManager(t, l, budget.Config{Limits: totalLimit(100), HoldTimeout: time.Minute})
		ctx, _ := m.Tab(t.Context(), budget.Wait)
		mustReserve(t, m, ctx, call(40, 0))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := total(m); !got.Held.IsZero() || got.Assumed.Tokens != 40 {
			t.Errorf("%+v", got)
		}
		checkBooks(t, m, l, totalLimit(100))
	})
}

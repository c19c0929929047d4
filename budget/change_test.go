package budget_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

// Debt that an earlier limit made is no room for a later overrun.
func TestAnOldDebtDoesNotHideANewExcess(t *testing.T) {
	m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
	first, second := mustReserve(t, m, ctx, call(50, 0)), mustReserve(t, m, ctx, call(50, 0))
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(40)))
	must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(100)))
	must(t, first.Settle(ctx, used(70, 0)))
	must(t, second.Settle(ctx, used(50, 0)))
	if got := total(m).Debt; got.Lowered.Tokens != 60 || got.Overrun.Tokens != 20 {
		t.Errorf("%+v", got)
	}
}

// gatedLedger holds its writes up until they are let through.
type gatedLedger struct {
	*budget.Memory
	gate chan struct{}
	lost error // the answer to a write that is carried out all the same
}

func (l *gatedLedger) Append(ctx context.Context, entries ...budget.Entry) error {
	<-l.gate
	if err := l.Memory.Append(ctx, entries...); err != nil {
		return err
	}
	return l.lost
}

func (l *gatedLedger) pass() { l.gate <- struct{}{}; synctest.Wait() }

// openGated returns a manager whose writes from now on wait for pass.
func openGated(t *testing.T, cfg budget.Config) (*budget.Manager, *gatedLedger) {
	t.Helper()
	l := &gatedLedger{Memory: new(budget.Memory), gate: make(chan struct{})}
	go func() { l.gate <- struct{}{} }() // the reset of the first period
	return openManager(t, l, cfg), l
}

// A crash must not leave a hold in the books that stands above every limit they know.
func TestARaisedLimitIsInTheBooksBeforeItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l := openGated(t, budget.Config{Limits: totalLimit(100)})
		go func() { must(t, m.SetLimit(t.Context(), budget.Total, budget.TokenLimit(200))) }()
		synctest.Wait()
		if _, err := m.TryReserve(t.Context(), call(150, 0)); err == nil {
			t.Error("granted before the books have the limit")
		}
		l.pass()
		go func() { mustReserve(t, m, t.Context(), call(150, 0)) }()
		l.pass()
		if diff := cmp.Diff([]budget.Op{budget.OpReset, budget.OpLimit, budget.OpReserve}, ops(l.Memory)); diff != "" {
			t.Error(diff)
		}
	})
}

// A caller that finds the period due while another begins one goes on in that, and need not wait for it.
func TestOnlyOnePeriodBeginsAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, l := openGated(t, budget.Config{Calendar: &calendar.Periods{Unit: calendar.Day}})
		time.Sleep(time.Until(m.Period().End))
		go func() { must(t, m.Reset(t.Context())) }()
		synctest.Wait()
		time.Sleep(time.Second)
		go func() { mustReserve(t, m, t.Context(), call(1, 0)) }()
		impatient, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := m.Reserve(impatient, call(1, 0)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		l.pass()
		l.pass()
		if diff := cmp.Diff([]budget.Op{budget.OpReset, budget.OpReset, budget.OpReserve}, ops(l.Memory)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestANewLimitRefusesThoseWhoWaitAndWouldEscapeIt(t *testing.T) {
	for name, change := range map[string]struct {
		scope budget.Scope
		limit budget.Limit
		want  func(error) bool
	}{
		"a limit per task, and the call names none":       {budget.Task(""), budget.TokenLimit(1000), func(err error) bool { return errors.Is(err, budget.ErrUnscoped) }},
		"a limit on the cost, and the model has no price": {budget.Total, budget.TokenLimit(100).WithCost(1), func(err error) bool { return errors.As(err, new(*budget.UnpricedError)) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, ctx := newManager(t, budget.Config{Limits: totalLimit(100)}), t.Context()
				r := mustReserve(t, m, ctx, call(100, 0))
				got := make(chan error)
				go func() {
					_, err := m.Reserve(ctx, call(50, 0))
					got <- err
				}()
				synctest.Wait()
				must(t, m.SetLimit(ctx, change.scope, change.limit))
				must(t, r.Release(ctx, budget.NotSent))
				if err := <-got; !change.want(err) || !errors.Is(err, budget.ErrRefused) {
					t.Errorf("err = %v", err)
				}
			})
		})
	}
}

// Whoever reads the entry of a limit finds its scope first, also where the run has to be named.
func TestTheEntryOfALimitNamesItsScopeFirst(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{})
	mustReserve(t, m, budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t")), call(60, 0))
	must(t, m.SetLimit(t.Context(), budget.Task(""), budget.TokenLimit(50)))
	entries := l.Entries()
	e := entries[len(entries)-1]
	if e.Op != budget.OpLimit || e.Scopes[0] != budget.Task("t") || *e.Limit.Tokens != 50 || e.Run() != "r" {
		t.Errorf("%+v", e)
	}
	checkBooks(t, m, l, nil)
}

package budget_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Limits that a run brings along stand beside the manager's, the narrower holding, for this run alone and until they
// are taken back.
func TestNarrow(t *testing.T) {
	for _, tc := range []struct {
		name     string
		own, run int64 // -1 is none
		want     int64 // what a call may hold
	}{
		{"the run's alone", -1, 50, 50},
		{"the run's is the narrower", 80, 50, 50},
		{"the manager's is the narrower", 50, 80, 50},
	} {
		l := new(budget.Memory)
		limits := budget.Limits{}
		if tc.own >= 0 {
			limits[budget.Task("")] = budget.TokenLimit(tc.own)
		}
		m := openManager(t, l, budget.Config{Limits: limits, OnFull: budget.Refuse})
		restore, err := m.Narrow(t.Context(), "r", budget.Limits{budget.Task("t"): budget.TokenLimit(tc.run)})
		must(t, err)
		in := func(run, task string, tokens int64) error {
			ctx := budget.WithScopes(t.Context(), budget.Run(run), budget.Task(task))
			r, err := m.Reserve(ctx, call(tokens, 0))
			if err == nil {
				must(t, r.Release(ctx, budget.NotSent))
			}
			return err
		}
		var exceeded *budget.ExceededError
		if err := in("r", "t", tc.want+1); !errors.As(err, &exceeded) || exceeded.Scope != budget.Task("t") || *exceeded.Limit.Tokens != tc.want {
			t.Errorf("%s: one token more: %v", tc.name, err)
		}
		must(t, in("r", "t", tc.want))
		if tc.own < 0 {
			must(t, in("other", "t", 1000))
			must(t, in("r", "other", 1000))
		}
		restore()
		if err := in("r", "t", max(tc.own, 51)); (err != nil) != (tc.own >= 0 && tc.own < 51) {
			t.Errorf("%s: restored: %v", tc.name, err)
		}
		checkBooks(t, m, l, limits)
	}
}

// What a run has spent above a limit that it brings along is debt, as with a limit that is lowered.
func TestNarrowBelowWhatIsSpent(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{})
	ctx := budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t"))
	r := mustReserve(t, m, ctx, call(60, 40))
	must(t, r.Settle(ctx, used(60, 30)))
	restore, err := m.Narrow(ctx, "r", budget.Limits{budget.Task("t"): budget.TokenLimit(50)})
	must(t, err)
	defer restore()
	last := l.Entries()[len(l.Entries())-1]
	if last.Op != budget.OpLimit || len(last.Debts) != 1 || last.Debts[0].Amount.Tokens != 40 || last.Run() != "r" {
		t.Errorf("%+v", last)
	}
	if _, err := m.Narrow(ctx, "r", budget.Limits{budget.Task("t"): budget.TokenLimit(-1)}); err == nil {
		t.Error("a limit below zero is in force")
	}
}

// What is charged under a tab belongs into the books of the tab's manager: another one refuses it before it holds
// anything.
func TestATabIsOneManagers(t *testing.T) {
	a, b := budget.New(budget.Config{}), budget.New(budget.Config{})
	ctx, tab := a.Tab(t.Context(), budget.Wait)
	for name, do := range map[string]func(){
		"reserve":     func() { _, _ = b.Reserve(ctx, call(1, 1)) },
		"try reserve": func() { _, _ = b.TryReserve(ctx, call(1, 1)) },
		"record":      func() { _ = b.Record(ctx, budget.Call{Model: "m"}, used(1, 1)) },
	} {
		func() {
			defer func() {
				if why, _ := recover().(string); !strings.Contains(why, "a tab of another manager") {
					t.Errorf("%s: %v", name, why)
				}
			}()
			do()
		}()
	}
	must(t, tab.Close(ctx, nil))
	for _, m := range []*budget.Manager{a, b} {
		if total := m.Total(); !total.Settled.IsZero() || !total.Held.IsZero() {
			t.Errorf("%+v", total.Counters)
		}
	}
}

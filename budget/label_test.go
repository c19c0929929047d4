package budget_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
)

func labels(n int) (scopes []budget.Scope) {
	for i := range n {
		scopes = append(scopes, budget.Label("customer-"+strconv.Itoa(i)))
	}
	return scopes
}

// settled is what stands on each label that anything stands on.
func settledByLabel(m *budget.Manager) map[string]int64 {
	stands := make(map[string]int64)
	for _, s := range m.Standing().Scopes {
		if s.Scope.Kind == budget.KindLabel {
			stands[s.Scope.Name] = s.Settled.Tokens + s.Held.Tokens
		}
	}
	return stands
}

func TestACallIsChargedToEachOfItsLabels(t *testing.T) {
	m := newManager(t, budget.Config{Limits: budget.Limits{budget.Label("b"): budget.TokenLimit(100), budget.Label("c"): budget.TokenLimit(7)}})
	ctx := budget.WithScopes(t.Context(), budget.Label("a"), budget.Run("r"))
	both := budget.WithScopes(ctx, budget.Label("b"), budget.Label("a"))
	must(t, mustReserve(t, m, both, call(60, 0)).Settle(ctx, used(50, 0)))
	must(t, mustReserve(t, m, ctx, call(300, 0)).Settle(ctx, used(300, 0)))
	if diff := cmp.Diff(map[string]int64{"a": 350, "b": 50, "c": 0}, settledByLabel(m)); diff != "" {
		t.Errorf("labels that have limits are reported before they are used (-want +got):\n%s", diff)
	}
	want := []budget.Scope{budget.Label("a"), budget.Label("b"), budget.Run("r")}
	if diff := cmp.Diff(want, budget.ScopesFrom(both)); diff != "" {
		t.Errorf("labels come beside those of the outer context, once (-want +got):\n%s", diff)
	}
	if left := m.Remaining(both, "m"); left.Tokens == nil || *left.Tokens != 50 {
		t.Errorf("remaining %v", left.Tokens)
	}
}

// TestACallMustFitAllOfItsLabels: the one that is spent is named, and its neighbours spend on.
func TestACallMustFitAllOfItsLabels(t *testing.T) {
	m := newManager(t, budget.Config{OnFull: budget.Refuse, Limits: budget.Limits{budget.Label("a"): budget.TokenLimit(100)}})
	a, b := budget.WithScopes(t.Context(), budget.Label("a")), budget.WithScopes(t.Context(), budget.Label("b"))
	both := budget.WithScopes(b, budget.Label("a"))
	must(t, mustReserve(t, m, both, call(90, 0)).Settle(a, used(90, 0)))
	_, err := m.Reserve(both, call(20, 0))
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Scope != budget.Label("a") || !exceeded.Final() {
		t.Fatalf("%v", err)
	}
	if want := "budget of label:a exceeded: 20 tokens wanted, limit 100 (settled 90, held 0)"; err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	must(t, mustReserve(t, m, b, call(1000, 0)).Release(b, budget.NotSent))
	must(t, m.Reset(t.Context()))
	must(t, mustReserve(t, m, both, call(20, 0)).Release(b, budget.NotSent))
}

func TestALabelHoldsUpOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, budget.Config{Limits: budget.Limits{budget.Label(""): budget.TokenLimit(100)}})
		of := func(names ...string) budget.Reservation {
			ctx := t.Context()
			for _, name := range names {
				ctx = budget.WithScopes(ctx, budget.Label(name))
			}
			return mustReserve(t, m, ctx, call(60, 0))
		}
		first, served := of("a"), false
		go func() {
			r := of("b", "a")
			served = true
			must(t, r.Release(t.Context(), budget.NotSent))
		}()
		synctest.Wait()
		must(t, of("c").Release(t.Context(), budget.NotSent))
		must(t, of("b").Release(t.Context(), budget.NotSent)) // which the waiter is not short of
		if served {
			t.Error("a label had no room for two")
		}
		must(t, first.Release(t.Context(), budget.NotSent))
		synctest.Wait()
		if !served {
			t.Error("the waiter got nothing")
		}
		if _, err := m.Reserve(t.Context(), call(1, 0)); !errors.Is(err, budget.ErrUnscoped) {
			t.Errorf("a call without a label, where each has a limit: %v", err)
		}
	})
}

func TestLabelsAreBounded(t *testing.T) {
	m := newManager(t, budget.Config{})
	ctx := budget.WithScopes(t.Context(), labels(budget.MaxLabels)...)
	must(t, mustReserve(t, m, budget.WithScopes(ctx, labels(3)...), call(1, 0)).Release(ctx, budget.NotSent))
	for name, scope := range map[string]budget.Scope{
		"more than 8 labels": budget.Label("one more"), "without a name": budget.Label(""), "not UTF-8": budget.Label("\xff"),
	} {
		if _, err := m.Reserve(budget.WithScopes(ctx, scope), call(1, 0)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLabelsInTheBooks: debts of overruns and of soft mode, recovery, corrections and limits that are lowered, on each label.
func TestLabelsInTheBooks(t *testing.T) {
	ledger := new(budget.Memory)
	cfg := budget.Config{Ledger: ledger, Mode: budget.Soft, Limits: budget.Limits{budget.Label("customer-1"): budget.TokenLimit(100)}}
	m, err := budget.Open(t.Context(), cfg)
	must(t, err)
	ctx := budget.WithScopes(t.Context(), labels(budget.MaxLabels)...)
	r := mustReserve(t, m, ctx, call(150, 0))
	must(t, r.Settle(ctx, used(170, 0)))
	mustReserve(t, m, ctx, call(30, 0)).Sent() // and its owner dies
	m, err = budget.Open(t.Context(), cfg)
	must(t, err)
	attempt := func(entries []budget.Entry) (of []budget.Entry) {
		for _, e := range entries {
			if e.ID == r.ID() {
				of = append(of, e)
			}
		}
		return of
	}
	_, err = m.Adjust(ctx, attempt(ledger.Entries()), budget.Outcome{Usage: budget.Usage{Input: 110}, Reason: "invoice"})
	must(t, err)
	must(t, m.SetLimit(ctx, budget.Label("customer-7"), budget.TokenLimit(15)))
	for _, s := range m.Standing().Scopes {
		if err := s.Sound(); err != nil {
			t.Error(err)
		}
		debt := map[budget.Scope]int64{budget.Label("customer-1"): 40, budget.Label("customer-7"): 125}[s.Scope]
		if s.Settled.Tokens != 140 || s.Debt.Total().Tokens != debt {
			t.Errorf("%v: settled %v, debt %v, want a debt of %d", s.Scope, s.Settled, s.Debt, debt)
		}
	}
	state, err := ledger.Load(t.Context())
	must(t, err)
	for _, s := range m.Standing().Scopes {
		if got := state.Totals[budget.Account{Period: 1, Scope: s.Scope}]; got != s.Counters {
			t.Errorf("%v: the books have %+v, the manager %+v", s.Scope, got, s.Counters)
		}
	}
}

func TestLabelsAllocateNothing(t *testing.T) {
	m := newManager(t, budget.Config{})
	ctx := budget.WithScopes(budget.WithScopes(t.Context(), labels(budget.MaxLabels)...), budget.Run("r"), budget.Worker("w"), budget.Task("t"))
	allocs := testing.AllocsPerRun(100, func() {
		must(t, mustReserve(t, m, ctx, call(1, 0)).Settle(ctx, used(1, 0)))
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

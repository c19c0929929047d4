package budget_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// attemptOf returns what the books have of an attempt.
func attemptOf(l *budget.Memory, id string) []budget.Entry {
	var of []budget.Entry
	for _, e := range l.Entries() {
		if e.ID == id || strings.HasPrefix(e.ID, id+"~") {
			of = append(of, e)
		}
	}
	return of
}

// truth is what an attempt really used.
func truth(input, output int64) budget.Outcome {
	return budget.Outcome{Usage: budget.Usage{Input: input, Output: output}, Reason: "the provider's invoice"}
}

// checkAdjusted checks the books in every way there is.
func checkAdjusted(t *testing.T, m *budget.Manager, l *budget.Memory, limits budget.Limits) {
	t.Helper()
	checkBooks(t, m, l, limits)
	state, err := l.Load(t.Context(), "r")
	must(t, err)
	budgettest.Check(t, state, limits, l.Entries())
}

func TestAdjust(t *testing.T) {
	type tokens struct{ settled, assumed, overrun, recorded, other int64 } // other: debt of other causes
	assumed := budget.Outcome{Assumed: true, Reason: "stream cut"}
	for _, tc := range []struct {
		name    string
		limit   int64
		charge  budget.Outcome // of a hold of 100
		correct []budget.Outcome
		want    tokens
	}{
		{"charged less", 1000, assumed, []budget.Outcome{truth(30, 10)}, tokens{settled: 40}},
		{"charged nothing", 1000, assumed, []budget.Outcome{truth(0, 0)}, tokens{}},
		{"confirmed", 1000, assumed, []budget.Outcome{truth(60, 40)}, tokens{settled: 100}},
		{"charged more", 1000, assumed, []budget.Outcome{truth(60, 90)}, tokens{settled: 150, overrun: 50}},
		{"more than the limit", 120, assumed, []budget.Outcome{truth(60, 90)}, tokens{settled: 150, overrun: 50, recorded: 30}},
		{"more, then less again", 120, assumed, []budget.Outcome{truth(60, 90), truth(60, 65)}, tokens{settled: 125, overrun: 25, recorded: 5}},
		{"more, then far less", 120, assumed, []budget.Outcome{truth(60, 90), truth(1, 1)}, tokens{settled: 2}},
		{"exact, then less", 1000, used(60, 20), []budget.Outcome{truth(60, 10)}, tokens{settled: 70}},
		{"an overrun taken back", 110, used(60, 70), []budget.Outcome{truth(60, 45)}, tokens{settled: 105, overrun: 5}},
		{"an overrun taken back in part", 100, used(60, 70), []budget.Outcome{truth(60, 60)}, tokens{settled: 120, overrun: 20, other: 20}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, limits := new(budget.Memory), totalLimit(tc.limit)
			m := openManager(t, l, budget.Config{Limits: limits})
			r := mustReserve(t, m, budget.WithScopes(t.Context(), budget.Run("r"), budget.Task("t")), call(60, 40))
			must(t, r.Settle(t.Context(), tc.charge))
			before := l.Entries()
			for _, o := range tc.correct {
				booked, err := m.Adjust(t.Context(), attemptOf(l, r.ID()), o)
				must(t, err)
				if len(booked) != 2 || booked[0].Period != 1 || len(booked[1].Scopes) != 4 {
					t.Errorf("booked %+v", booked)
				}
			}
			got := total(m)
			debt := got.Debt.Total().Tokens - got.Debt.Recorded.Tokens
			if diff := cmp.Diff(tc.want, tokens{got.Settled.Tokens, got.Assumed.Tokens, got.Overrun.Tokens, got.Debt.Recorded.Tokens, debt},
				cmp.AllowUnexported(tokens{})); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, l.Entries()[:len(before)]); diff != "" {
				t.Errorf("what was booked changed:\n%s", diff)
			}
			checkAdjusted(t, m, l, limits)
		})
	}
}

// TestAdjustEntries: what a correction looks like in the books.
func TestAdjustEntries(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{Prices: budget.Prices{"m": budget.FlatPrice(budget.USD, 2*budget.USD)}, PriceVersion: "v1"})
	r := mustReserve(t, m, t.Context(), call(60, 40))
	must(t, r.Settle(t.Context(), budget.Outcome{Assumed: true, RequestID: "req_1"}))
	billed := budget.NanoUSD(5)
	o := truth(10, 5)
	first, err := m.Adjust(t.Context(), attemptOf(l, r.ID()), o)
	must(t, err)
	o.Billed, o.Reason = &billed, "the second invoice"
	second, err := m.Adjust(t.Context(), attemptOf(l, r.ID()), o)
	must(t, err)
	type short struct {
		ID, Reason, Prices string
		Used               budget.Amount
		Assumed            bool
	}
	var got []short
	for _, e := range append(first, second...) {
		if e.RequestID != "req_1" || e.Op != budget.OpAdjust || !e.Hold.IsZero() {
			t.Errorf("%+v", e)
		}
		got = append(got, short{strings.TrimPrefix(e.ID, r.ID()), e.Reason, e.PriceVersion, e.Used, e.Assumed})
	}
	want := []short{
		{"~1", "the provider's invoice", "v1", budget.Amount{Tokens: -100, Cost: -140_000}, true},
		{"~2", "the provider's invoice", "v1", budget.Amount{Tokens: 15, Cost: 20_000}, false},
		{"~3", "the second invoice", "v1", budget.Amount{Tokens: -15, Cost: -20_000}, false},
		{"~4", "the second invoice", "", budget.Amount{Tokens: 15, Cost: 5}, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	checkAdjusted(t, m, l, nil)
}

func TestAdjustRefuses(t *testing.T) {
	l := new(budget.Memory)
	m := openManager(t, l, budget.Config{})
	open := mustReserve(t, m, t.Context(), call(60, 40))
	done := mustReserve(t, m, t.Context(), call(60, 40))
	must(t, done.Settle(t.Context(), used(1, 1)))
	silent, impossible := truth(1, 2), truth(-1, 2)
	silent.Reason = " "
	garbled := truth(1, 2)
	garbled.Usage.Reasoning = budget.MaxTokens + 1
	for _, id := range []string{"twice-open", "twice"} { // a caller gave one id to a record and to a hold
		c := call(60, 40)
		c.ID = id
		must(t, m.Record(t.Context(), c, used(1, 1)))
		r := mustReserve(t, m, t.Context(), c)
		if id == "twice" {
			must(t, r.Settle(t.Context(), used(1, 1)))
		}
	}
	before := len(l.Entries())
	reset := l.Entries()[:1]
	for _, tc := range []struct {
		of   []budget.Entry
		o    budget.Outcome
		want string
	}{
		{nil, truth(1, 2), "the books have no such attempt"},
		{attemptOf(l, open.ID()), truth(1, 2), "is still open"},
		{attemptOf(l, done.ID()), silent, "a reason is required"},
		{attemptOf(l, done.ID()), impossible, "no attempt can have used"},
		{attemptOf(l, done.ID()), garbled, "no attempt can have used"},
		{attemptOf(l, done.ID()), truth(1, 1), "already"},
		{attemptOf(l, "twice-open"), truth(1, 2), "a hold and a record"},
		{attemptOf(l, "twice"), truth(1, 2), "a hold and a record"},
		{append(attemptOf(l, done.ID()), reset...), truth(1, 2), "is not of attempt"},
		{reset, truth(1, 2), "is not an attempt"},
	} {
		if _, err := m.Adjust(t.Context(), tc.of, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("err = %v, want %q", err, tc.want)
		}
	}
	if n := len(l.Entries()); n != before {
		t.Errorf("%d entries were added", n-before)
	}
}

// TestAnAdjustmentAskedForTwiceIsBookedOnce: also when the clock has not ticked in between, so that both would
// be the same entries.
func TestAnAdjustmentAskedForTwiceIsBookedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, limits := new(budget.Memory), totalLimit(1000)
		m := openManager(t, l, budget.Config{Limits: limits})
		r := mustReserve(t, m, t.Context(), call(60, 40))
		must(t, r.Settle(t.Context(), used(60, 40)))
		of := attemptOf(l, r.ID())
		_, err := m.Adjust(t.Context(), of, truth(60, 10))
		must(t, err)
		if _, err := m.Adjust(t.Context(), of, truth(60, 10)); !errors.Is(err, budget.ErrConflict) {
			t.Errorf("err = %v", err)
		}
		if got := total(m); got.Settled.Tokens != 70 || m.Err() != nil {
			t.Errorf("%+v, %v", got, m.Err())
		}
		checkAdjusted(t, m, l, limits)
	})
}

// TestAdjustOfAClosedPeriod: the present budget does not notice, and history does.
func TestAdjustOfAClosedPeriod(t *testing.T) {
	l, limits := new(budget.Memory), totalLimit(100)
	m := openManager(t, l, budget.Config{Limits: limits})
	r := mustReserve(t, m, budget.WithScopes(t.Context(), budget.Run("r")), call(60, 40))
	must(t, r.Settle(t.Context(), used(60, 40)))
	must(t, m.Reset(t.Context()))
	_, err := m.Adjust(t.Context(), attemptOf(l, r.ID()), truth(90, 40))
	must(t, err)
	if got := total(m); !got.Settled.IsZero() {
		t.Errorf("%+v", got)
	}
	if got := books.Fold(l.Entries())[budget.Account{Period: 1, Scope: budget.Total}]; got.Settled.Tokens != 130 {
		t.Errorf("%+v", got)
	}
}

// TestAFailedAdjustmentChangesNothing: neither the books nor the counters.
func TestAFailedAdjustmentChangesNothing(t *testing.T) {
	l, limits := &faultyLedger{Memory: new(budget.Memory)}, totalLimit(120)
	m := openManager(t, l, budget.Config{Limits: limits})
	r := mustReserve(t, m, t.Context(), call(60, 40))
	must(t, r.Settle(t.Context(), used(60, 40)))
	before := total(m)
	l.fail(errors.New("disk full"))
	if _, err := m.Adjust(t.Context(), attemptOf(l.Memory, r.ID()), truth(90, 60)); err == nil {
		t.Error("adjusted without books")
	}
	if diff := cmp.Diff(before, total(m)); diff != "" {
		t.Error(diff)
	}
	checkBooks(t, m, l.Memory, limits)
	if _, err := m.Adjust(t.Context(), attemptOf(l.Memory, r.ID()), truth(90, 60)); !errors.Is(err, budget.ErrStopped) {
		t.Errorf("after a failed write: %v", err)
	}
}

// TestRandomAdjustments corrects random attempts of random books, some several times.
func TestRandomAdjustments(t *testing.T) {
	limits := budget.Limits{budget.Total: budget.TokenLimit(3000), budget.Task(""): budget.TokenLimit(700)}
	for seed := range uint64(10) {
		l := new(budget.Memory)
		mode := []budget.Mode{budget.Strict, budget.Soft}[seed%2]
		m := openManager(t, l, budget.Config{Limits: limits, Mode: mode, OnFull: budget.Refuse})
		rnd := rand.New(rand.NewPCG(seed, 7))
		randomBookedCalls(t, m, rnd)
		for range 60 {
			entries := l.Entries()
			e := entries[rnd.IntN(len(entries))]
			if e.Op != budget.OpSettle && e.Op != budget.OpRelease {
				continue
			}
			_, err := m.Adjust(context.Background(), attemptOf(l, e.ID), truth(rnd.Int64N(200), rnd.Int64N(100)))
			must(t, err)
		}
		checkAdjusted(t, m, l, limits)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestAdjustBeyondCounting: a correction that numbers could not hold is refused before anything is written, in the
// present period and in one that is over.
func TestAdjustBeyondCounting(t *testing.T) {
	for name, over := range map[string]bool{"in the present period": false, "in a period that is over": true} {
		t.Run(name, func(t *testing.T) {
			l := new(budget.Memory)
			must(t, l.Append(t.Context(), old(1<<62-15*budget.MaxAttemptCost/10)))
			m := openManager(t, l, budget.Config{Prices: budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)}})
			var ids []string
			for range 2 {
				r := mustReserve(t, m, t.Context(), call(60, 40))
				must(t, r.Settle(t.Context(), used(60, 20)))
				ids = append(ids, r.ID())
			}
			if over {
				must(t, m.Reset(t.Context()))
			}
			before := l.Entries()
			refused := func(o budget.Outcome, want string) {
				t.Helper()
				if _, err := m.Adjust(t.Context(), attemptOf(l, ids[1]), o); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want %q", err, want)
				}
				if n := len(l.Entries()) - len(before); n > 0 {
					t.Errorf("%d entries were written", n)
				}
			}
			refused(truth(budget.MaxAttemptTokens, 1), "no attempt can have used")
			dear := truth(1, 1)
			dear.Billed = new(budget.MaxAttemptCost + 1)
			refused(dear, "no attempt can have used")

			most := truth(1, 1)
			most.Billed = new(budget.MaxAttemptCost)
			_, err := m.Adjust(t.Context(), attemptOf(l, ids[0]), most)
			must(t, err)
			before = l.Entries()
			refused(most, "budget: more than can be counted: 2 tokens, $1000000.00 beside the")
		})
	}
}

// A correction is charged at the tier that the attempt was served at, by the price of its model's family, to the accounts
// that its entries name.
func TestAdjustByTierAndFamily(t *testing.T) {
	family := func(model string) string { name, _, _ := strings.Cut(model, "-2"); return name }
	price := budget.FlatPrice(1_000_000, 1_000_000)
	price.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}, "flex": {Num: 1, Den: 2}}
	price.Regions = map[string]budget.Ratio{"us": {Num: 11, Den: 10}}
	tier := tierOf
	billed := func(o budget.Outcome, c budget.NanoUSD) budget.Outcome { o.Billed = &c; return o }
	at := func(o budget.Outcome, text string) budget.Outcome { o.Tier = tier(text); return o }
	for _, tc := range []struct {
		name, model, asked string
		charge, correct    budget.Outcome
		cost               budget.NanoUSD
		tier, version      string
	}{
		{"listed", "m", "", used(60, 40), truth(20, 10), 30, "", "v1"},
		{"priority, as asked", "m", "priority", used(60, 40), truth(20, 10), 60, "priority", "v1"},
		{"priority, as the answer said", "m", "", at(used(60, 40), "priority"), truth(20, 10), 60, "priority", "v1"},
		{"asked for priority, served as standard", "m", "priority", at(used(60, 40), "standard"), truth(20, 10), 30, "standard", "v1"},
		{"flex in a region", "m", "flex@us", at(used(60, 40), "flex"), truth(20, 10), 17, "flex@us", "v1"},
		{"a tier that is learnt with the correction", "m", "priority", used(60, 40), at(truth(20, 10), "flex@us"), 17, "flex@us", "v1"},
		{"a release, held for priority", "m", "priority", budget.Outcome{}, truth(20, 10), 60, "priority", "v1"},
		{"by the family's price", "m-2026", "priority", used(60, 40), truth(20, 10), 60, "priority", "v1"},
		{"served by one of a priced family", "n", "", budget.Outcome{Usage: budget.Usage{Input: 1}, Served: "m-2025"}, truth(20, 10), 30, "", "v1"},
		{"as billed", "m", "priority", used(60, 40), billed(truth(20, 10), 7), 7, "priority", ""},
		{"as billed, nothing", "m", "priority", used(60, 40), billed(truth(20, 10), 0), 0, "priority", ""},
	} {
		l, limits := new(budget.Memory), budget.Limits{budget.Model("m-2024"): budget.TokenLimit(1000)}
		m := openManager(t, l, budget.Config{Family: family, Limits: limits, Prices: budget.Prices{"m": price}, PriceVersion: "v1"})
		c := call(60, 40)
		c.Model, c.Tier = tc.model, tier(tc.asked)
		r := mustReserve(t, m, t.Context(), c)
		if tc.charge.Usage.IsZero() {
			must(t, r.Release(t.Context(), "status 500"))
		} else {
			must(t, r.Settle(t.Context(), tc.charge))
		}
		booked, err := m.Adjust(t.Context(), attemptOf(l, r.ID()), tc.correct)
		must(t, err)
		redo := booked[1]
		if redo.Used.Cost != tc.cost || redo.Tier != tier(tc.tier) || redo.PriceVersion != tc.version || redo.Model != tc.model || redo.Unpriced {
			t.Errorf("%s: %v at tier %q of version %q, %+v", tc.name, redo.Used.Cost, redo.Tier, redo.PriceVersion, redo)
		}
		if got := m.Total().Settled; got != redo.Used {
			t.Errorf("%s: settled %v, want %v", tc.name, got, redo.Used)
		}
		audit := books.Audit{Family: family, Prices: budget.Prices{"m": price}, PriceVersion: "v1"}
		for _, e := range l.Entries() {
			must(t, audit.Add(e))
		}
	}
}

// An attempt of old books is charged to its model by its own name, and counts in the account of the family.
func TestAdjustInBooksBeforeFamilies(t *testing.T) {
	family := func(model string) string { name, _, _ := strings.Cut(model, "-2"); return name }
	before := budget.Entry{
		ID: "a", Op: budget.OpRecord, Time: time.Now(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("m-2024")},
		Model: "m-2024", Used: budget.Amount{Tokens: 30}, Usage: budget.Usage{Input: 30}, Unpriced: true,
	}
	l := new(budget.Memory)
	must(t, l.Append(t.Context(), before))
	config := budget.Config{Family: family, Limits: budget.Limits{budget.Model("m"): budget.TokenLimit(40)}, Prices: budget.Prices{"m": budget.FlatPrice(1_000_000, 1_000_000)}}
	m := openManager(t, l, config)
	check := func(m *budget.Manager, settled, recorded int64) {
		t.Helper()
		for _, s := range m.Standing().Scopes {
			if s.Scope.Kind == budget.KindModel && (s.Scope != budget.Model("m") || s.Settled.Tokens != settled || s.Debt.Recorded.Tokens != recorded) {
				t.Errorf("%+v", s)
			}
		}
	}
	check(m, 30, 0)
	for _, tokens := range []int64{50, 20} {
		booked, err := m.Adjust(t.Context(), attemptOf(l, "a"), truth(tokens, 0))
		must(t, err)
		if redo := booked[1]; redo.Scopes[1] != budget.Model("m-2024") || redo.Used != (budget.Amount{Tokens: tokens, Cost: budget.NanoUSD(tokens)}) {
			t.Errorf("%+v", redo)
		}
		check(m, tokens, max(0, tokens-40))
		check(openManager(t, l, config), tokens, max(0, tokens-40))
	}
	audit := books.Audit{Family: family}
	for _, e := range l.Entries() {
		must(t, audit.Add(e))
	}
}

// old is an entry that earlier books brought, of so much money.
func old(cost budget.NanoUSD) budget.Entry {
	return budget.Entry{
		ID: "old", Op: budget.OpRecord, Time: time.Now(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("m")},
		Model: "m", Used: budget.Amount{Cost: cost},
	}
}

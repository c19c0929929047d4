package budget_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// What no attempt can ask for is refused before anything is held, though there is no limit that it would pass.
func TestAbsurdCallsAreRefused(t *testing.T) {
	for name, c := range map[string]budget.Call{
		"more output than any attempt":   {Model: "m", Input: 1, MinOutput: 1, MaxOutput: budget.MaxOutput + 1},
		"an output that overflowed":      {Model: "m", Input: 1, MinOutput: math.MinInt64, MaxOutput: math.MinInt64},
		"more input than any attempt":    {Model: "m", Input: budget.MaxAttemptTokens, MaxOutput: 1},
		"the largest input there is":     {Model: "m", Input: math.MaxInt64, MaxOutput: 1},
		"more counted than any attempt":  {Model: "m", Input: 1, Counted: math.MaxInt64},
		"a certainty that nobody knows":  {Model: "m", Input: 1, Certainty: "sure"},
		"dearer than any attempt can be": {Model: "dear", Input: 1 << 39, MaxOutput: 1},
	} {
		for _, mode := range []budget.Mode{budget.Strict, budget.Soft} {
			m := budget.New(budget.Config{Mode: mode, Prices: budget.Prices{"dear": budget.FlatPrice(budget.MaxAttemptCost, 0)}})
			if r, err := m.Reserve(t.Context(), c); err == nil {
				t.Errorf("%s, %s: held %v", name, mode, r.Held())
			}
			if total := m.Total(); !total.Held.IsZero() || !total.Settled.IsZero() {
				t.Errorf("%s, %s: %+v", name, mode, total.Counters)
			}
		}
	}
}

// What a manager cannot keep to is refused when it is made.
func TestAbsurdConfigurationsAreRefused(t *testing.T) {
	limit := func(s budget.Scope, l budget.Limit) budget.Config { return budget.Config{Limits: budget.Limits{s: l}} }
	price := func(p budget.Price) budget.Config { return budget.Config{Prices: budget.Prices{"m": p}} }
	for name, tc := range map[string]struct {
		config budget.Config
		want   string
	}{
		"a negative allowance":  {budget.Config{Allowance: -1}, "allowance of -1"},
		"an absurd allowance":   {budget.Config{Allowance: math.MaxInt64}, "allowance"},
		"a negative limit":      {limit(budget.Total, budget.TokenLimit(-1)), "limit of total: -1 tokens"},
		"an absurd limit":       {limit(budget.Run("r"), budget.TokenLimit(budget.MaxTokens+1)), "limit of run:r"},
		"a negative cost limit": {limit(budget.Task(""), budget.Limit{}.WithCost(-1)), "limit of task"},
		"an absurd cost limit":  {limit(budget.Model("m"), budget.Limit{}.WithCost(math.MaxInt64)), "limit of model:m"},
		"an unknown mode":       {budget.Config{Mode: "lenient"}, `mode "lenient"`},
		"an unknown on_full":    {budget.Config{OnFull: "drop"}, `on_full "drop"`},
		"a threshold":           {budget.Config{Threshold: 101}, "101%"},
		"a negative timeout":    {budget.Config{HoldTimeout: -1}, "hold timeout"},
		"a negative price":      {price(budget.Price{Output: -1}), `price of model "m"`},
		"an absurd price":       {price(budget.Price{Input: budget.MaxAttemptCost + 1}), `price of model "m"`},
		"a factor by nothing":   {price(budget.Price{Services: map[string]budget.Ratio{"flex": {Num: 1}}}), `"flex"`},
		"an absurd factor":      {price(budget.Price{Regions: map[string]budget.Ratio{"us": {Num: 1 << 40, Den: 1}}}), `"us"`},
		"contexts that fall":    {price(budget.Price{Contexts: []budget.ContextPrice{{Above: 9}, {Above: 9}}}), "above 9"},
		"a limit of two names": {budget.Config{Family: strings.ToLower, Limits: budget.Limits{
			budget.Model("M"): budget.TokenLimit(1), budget.Model("m"): budget.TokenLimit(2),
		}}, `"M" and "m"`},
	} {
		_, err := budget.Open(t.Context(), tc.config)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: err = %v, want %q", name, err, tc.want)
		}
	}
}

// An attempt is charged by what is known of it: each side as the provider said, or at its share of the hold, the output
// at what was delivered if that is more. The hold is 100 tokens of input and 50 of output.
func TestEachSideIsChargedByWhatIsKnown(t *testing.T) {
	half := budget.MaxAttemptTokens/2 + 1
	for _, tc := range []struct {
		name    string
		outcome budget.Outcome
		want    budget.Usage
		assumed bool
	}{
		{"both known", budget.Outcome{Usage: budget.Usage{Input: 80, Output: 7}}, budget.Usage{Input: 80, Output: 7}, false},
		{"nothing known", budget.Outcome{Unknown: budget.BothSides}, budget.Usage{Input: 100, Output: 50}, true},
		{"nothing known, more delivered", budget.Outcome{Unknown: budget.BothSides, Delivered: 90}, budget.Usage{Input: 100, Output: 90}, true},
		{"no input", budget.Outcome{Usage: budget.Usage{Output: 7}, Unknown: budget.InputSide}, budget.Usage{Input: 100, Output: 7}, true},
		{"no output", budget.Outcome{Usage: budget.Usage{Input: 60, CacheRead: 20}, Unknown: budget.OutputSide}, budget.Usage{Input: 60, CacheRead: 20, Output: 50}, true},
		{"no output, more delivered", budget.Outcome{Usage: budget.Usage{Input: 80}, Unknown: budget.OutputSide, Delivered: 51}, budget.Usage{Input: 80, Output: 51}, true},
		{"a negative bucket", budget.Outcome{Usage: budget.Usage{Input: -1, Output: 7}}, budget.Usage{Input: 100, Output: 50}, true},
		{"twice 2^53", budget.Outcome{Usage: budget.Usage{Input: 1 << 53, Output: 1 << 53}}, budget.Usage{Input: 100, Output: 50}, true},
		{"a bucket that is possible, a sum that is not", budget.Outcome{Usage: budget.Usage{Input: half, Output: half}}, budget.Usage{Input: 100, Output: 50}, true},
		{"buckets that wrap to a small sum", budget.Outcome{Usage: budget.Usage{Input: math.MaxInt64, Output: math.MaxInt64, CacheRead: 12}}, budget.Usage{Input: 100, Output: 50}, true},
		{"all that an attempt can use", budget.Outcome{Usage: budget.Usage{Input: budget.MaxAttemptTokens}}, budget.Usage{Input: budget.MaxAttemptTokens}, false},
	} {
		m := budget.New(budget.Config{})
		ctx, tab := m.Tab(t.Context(), budget.Wait)
		r := mustReserve(t, m, ctx, budget.Call{Model: "m", Input: 100, MinOutput: 50, MaxOutput: 50})
		must(t, r.Settle(ctx, tc.outcome))
		if sum := tab.Summary(); sum.Usage != tc.want || sum.Assumed != tc.assumed {
			t.Errorf("%s: %+v, assumed %v; want %+v, %v", tc.name, sum.Usage, sum.Assumed, tc.want, tc.assumed)
		}
		if total := m.Total(); !total.Held.IsZero() || total.Settled.Tokens != tc.want.Tokens() {
			t.Errorf("%s: %+v", tc.name, total.Counters)
		}
	}
}

// What an attempt costs, and whether the provider's word on it is taken: the price is a dollar a token in and out.
func TestWhatAnAttemptCosts(t *testing.T) {
	million := budget.FlatPrice(1_000_000*budget.USD, 1_000_000*budget.USD)
	billed := func(c budget.NanoUSD) *budget.NanoUSD { return &c }
	for _, tc := range []struct {
		name     string
		model    string
		outcome  budget.Outcome
		want     budget.NanoUSD
		unpriced bool
		assumed  bool
	}{
		{"by the price", "m", budget.Outcome{Usage: budget.Usage{Input: 2, Output: 1}}, 3 * budget.USD, false, false},
		{"as billed", "m", budget.Outcome{Usage: budget.Usage{Input: 2, Output: 1}, Billed: billed(5)}, 5, false, false},
		{"no less than was stated", "m", budget.Outcome{Usage: budget.Usage{Input: 2, Output: 1}, LeastCost: 4 * budget.USD}, 4 * budget.USD, false, false},
		{"more than was stated", "m", budget.Outcome{Usage: budget.Usage{Input: 2, Output: 1}, LeastCost: 1 * budget.USD}, 3 * budget.USD, false, false},
		{"no less than was stated, without a price", "n", budget.Outcome{Usage: budget.Usage{Input: 2}, LeastCost: 4 * budget.USD}, 4 * budget.USD, false, false},
		{"stated beyond what is possible", "m", budget.Outcome{Usage: budget.Usage{Input: 2}, LeastCost: budget.MaxAttemptCost + 1}, 5 * budget.USD, false, true},
		{"billed at nothing, with a price", "m", budget.Outcome{Usage: budget.Usage{Input: 2, Output: 1}, Billed: billed(0)}, 3 * budget.USD, false, false},
		{"billed at nothing, priced at nothing", "zero", budget.Outcome{Usage: budget.Usage{Input: 2}, Billed: billed(0)}, 0, false, false},
		{"billed at nothing, free by name", "m:free", budget.Outcome{Usage: budget.Usage{Input: 2}, Billed: billed(0)}, 0, false, false},
		{"billed at nothing, without a price", "n", budget.Outcome{Usage: budget.Usage{Input: 2}, Billed: billed(0)}, 0, true, false},
		{"billed beyond what is possible", "m", budget.Outcome{Usage: budget.Usage{Input: 2}, Billed: billed(budget.MaxAttemptCost + 1)}, 5 * budget.USD, false, true},
		{"billed below zero", "m", budget.Outcome{Usage: budget.Usage{Input: 2}, Billed: billed(-1)}, 5 * budget.USD, false, true},
		{"tokens that would cost more than is possible", "m", budget.Outcome{Usage: budget.Usage{Input: 1_000_001}}, 5 * budget.USD, false, true},
	} {
		m := budget.New(budget.Config{Prices: budget.Prices{"m": million, "zero": {}}})
		r := mustReserve(t, m, t.Context(), budget.Call{Model: tc.model, Input: 3, MinOutput: 2, MaxOutput: 2})
		must(t, r.Settle(t.Context(), tc.outcome))
		got := m.Total()
		if got.Settled.Cost != tc.want || (got.Unpriced > 0) != tc.unpriced || !got.Assumed.IsZero() != tc.assumed {
			t.Errorf("%s: %+v", tc.name, got.Counters)
		}
	}
}

// No sum of the books wraps or saturates: what could take one past 2^62 is refused, and a charge that does is cut in
// its entry, which ends admission.
func TestSumsStayCountable(t *testing.T) {
	ctx := context.Background()
	near := func(t *testing.T, left int64) (*budget.Memory, *budget.Manager) {
		l := new(budget.Memory)
		e := old(0)
		e.Used.Tokens, e.Usage.Input = 1<<62-left, 1<<62-left
		must(t, l.Append(ctx, e))
		return l, openManager(t, l, budget.Config{})
	}
	t.Run("a reservation is refused", func(t *testing.T) {
		_, m := near(t, 100)
		if _, err := m.Reserve(ctx, call(60, 41)); !errors.Is(err, budget.ErrUncountable) || !errors.Is(err, budget.ErrRefused) {
			t.Errorf("err = %v", err)
		}
		mustReserve(t, m, ctx, call(60, 40))
	})
	t.Run("a record is refused", func(t *testing.T) {
		l, m := near(t, 100)
		if err := m.Record(ctx, budget.Call{Model: "m"}, used(60, 41)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("err = %v", err)
		}
		must(t, m.Record(ctx, budget.Call{Model: "m"}, used(60, 40)))
		if total := m.Total(); total.Settled.Tokens != 1<<62 || total.Settled != books.Fold(l.Entries())[budget.Account{Period: 1, Scope: budget.Total}].Settled {
			t.Errorf("%+v", total.Counters)
		}
	})
	t.Run("a limit is refused", func(t *testing.T) {
		_, m := near(t, 100)
		must(t, m.SetLimit(ctx, budget.Total, budget.TokenLimit(budget.MaxTokens)))
		must(t, m.SetLimit(ctx, budget.Total, budget.Limit{}))
		if err := m.SetLimit(ctx, budget.Total, budget.TokenLimit(1)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("err = %v; %+v", err, m.Total().Counters)
		}
		if err := m.SetLimit(ctx, budget.Total, budget.TokenLimit(-1)); err == nil {
			t.Error("a limit below zero is in force")
		}
	})
	t.Run("a charge is cut", func(t *testing.T) {
		l, m := near(t, 100)
		r := mustReserve(t, m, ctx, call(60, 40))
		must(t, r.Settle(ctx, used(60, 400)))
		last := l.Entries()[len(l.Entries())-1]
		if last.Used.Tokens != 100 || last.Usage.Tokens() != 100 || !last.Assumed || !strings.Contains(last.Reason, "cut by 360 tokens") {
			t.Errorf("%+v", last)
		}
		if m.Total().Settled.Tokens != 1<<62 || !errors.Is(m.Err(), budget.ErrStopped) || !errors.Is(m.Err(), budget.ErrUncountable) {
			t.Errorf("%+v, %v", m.Total().Counters, m.Err())
		}
	})
	t.Run("a cut charge ends admission until the next period", func(t *testing.T) {
		_, m := near(t, 100)
		r := mustReserve(t, m, ctx, call(60, 40))
		must(t, r.Settle(ctx, used(60, 400)))
		must(t, m.Reset(ctx))
		must(t, mustReserve(t, m, ctx, call(1, 1)).Settle(ctx, used(1, 1)))
		if err := m.Err(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a cut charge is not what a price makes", func(t *testing.T) {
		l, _ := near(t, 100)
		m := openManager(t, l, budget.Config{Prices: budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)}, PriceVersion: "v1"})
		must(t, mustReserve(t, m, ctx, call(20, 20)).Settle(ctx, used(20, 19)))
		must(t, mustReserve(t, m, ctx, call(20, 20)).Settle(ctx, used(20, 400)))
		entries := l.Entries()
		exact, cut := entries[len(entries)-3], entries[len(entries)-1]
		if exact.PriceVersion != "v1" || cut.PriceVersion != "" || cut.Used.Tokens != 61 {
			t.Errorf("%+v, then %+v", exact, cut)
		}
	})
	t.Run("who waits is refused when others have taken what was left to count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := new(budget.Memory)
			e := old(0)
			e.Scopes, e.Used.Tokens, e.Usage.Input = []budget.Scope{budget.Total, budget.Run("r")}, 1<<62-100, 1<<62-100
			must(t, l.Append(ctx, e))
			m := openManager(t, l, budget.Config{Run: "r", NewPeriod: true, Limits: budget.Limits{budget.Task("t"): budget.TokenLimit(50)}})
			in := func(task string) context.Context { return budget.WithScopes(ctx, budget.Run("r"), budget.Task(task)) }
			first := mustReserve(t, m, in("t"), call(20, 0))
			refused := make(chan error)
			go func() {
				_, err := m.Reserve(in("t"), call(40, 0))
				refused <- err
			}()
			synctest.Wait()
			mustReserve(t, m, in("u"), call(70, 0))
			must(t, first.Release(ctx, budget.NotSent))
			if err := <-refused; !errors.Is(err, budget.ErrUncountable) {
				t.Errorf("err = %v", err)
			}
		})
	})
	t.Run("a run that can count no more", func(t *testing.T) {
		l := new(budget.Memory)
		e := old(0)
		e.Scopes, e.Used.Tokens, e.Usage.Input = []budget.Scope{budget.Total, budget.Run("r")}, 1<<62, 1<<62
		must(t, l.Append(ctx, e))
		m := openManager(t, l, budget.Config{Run: "r", NewPeriod: true})
		if _, err := m.Reserve(budget.WithScopes(ctx, budget.Run("r")), call(1, 1)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("err = %v", err)
		}
		mustReserve(t, m, budget.WithScopes(ctx, budget.Run("q")), call(1, 1))
		m = openManager(t, l, budget.Config{}) // which does not know what the run has spent: the ledger does
		if _, err := m.Reserve(budget.WithScopes(ctx, budget.Run("r")), call(1, 1)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("err = %v", err)
		}
		mustReserve(t, m, budget.WithScopes(ctx, budget.Run("q")), call(1, 1))
		if total := m.Total(); total.Held.Tokens != 2 {
			t.Errorf("%+v", total.Counters)
		}
	})
	t.Run("debts", func(t *testing.T) {
		owing := func(mode budget.Mode) *budget.Manager {
			l := new(budget.Memory)
			e := old(0)
			e.Debts = []budget.Debt{{Scope: budget.Total, Cause: budget.CauseLowered, Amount: budget.Amount{Tokens: 1<<62 - 50}}}
			must(t, l.Append(ctx, e))
			return openManager(t, l, budget.Config{Mode: mode, Limits: totalLimit(120)})
		}
		if _, err := owing(budget.Soft).Reserve(ctx, call(60, 200)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("a debt of soft mode: %v", err)
		}
		if err := owing(budget.Strict).Record(ctx, budget.Call{Model: "m"}, used(60, 200)); !errors.Is(err, budget.ErrUncountable) {
			t.Errorf("a debt of a record: %v", err)
		}
		m := owing(budget.Strict)
		must(t, mustReserve(t, m, ctx, call(60, 40)).Settle(ctx, used(60, 400)))
		if total := m.Total(); total.Settled.Tokens != 150 || !errors.Is(m.Err(), budget.ErrUncountable) {
			t.Errorf("a debt of an overrun: %+v, %v", total.Counters, m.Err())
		}
	})
	t.Run("books that wrapped admit nothing", func(t *testing.T) {
		l := new(budget.Memory)
		e := old(0)
		e.Used.Tokens, e.Usage.Input = -1, -1
		must(t, l.Append(ctx, e))
		m := openManager(t, l, budget.Config{})
		if _, err := m.Reserve(ctx, call(1, 1)); !errors.Is(err, budget.ErrStopped) {
			t.Errorf("err = %v", err)
		}
	})
}

// A limit and an account are those of a model's family; entries keep the name that was asked for.
func TestModelsAreLimitedByFamily(t *testing.T) {
	family := func(model string) string { name, _, _ := strings.Cut(model, "-2"); return name }
	l := new(budget.Memory)
	must(t, l.Append(t.Context(), budget.Entry{ // as books had it before there were families
		ID: "before", Op: budget.OpRecord, Time: time.Now(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("a-2024")},
		Model: "a-2024", Used: budget.Amount{Tokens: 30}, Usage: budget.Usage{Input: 30},
	}, budget.Entry{
		ID: "held", Op: budget.OpReserve, Time: time.Now(), Period: 1, Scopes: []budget.Scope{budget.Total, budget.Model("a-2025")},
		Model: "a-2025", Output: 20, Hold: budget.Amount{Tokens: 20},
	}))
	m := openManager(t, l, budget.Config{
		Family: family, OnFull: budget.Refuse, Limits: budget.Limits{budget.Model("a"): budget.TokenLimit(100)},
		Prices: budget.Prices{"a": budget.FlatPrice(1, 1), "a-2026": budget.FlatPrice(2_000_000, 2_000_000)},
	})
	for model, want := range map[string]budget.NanoUSD{"a": 1, "a-2025": 1, "a-2026": 22, "b": 0} {
		r := mustReserve(t, m, t.Context(), budget.Call{Model: model, Input: 10, MinOutput: 1, MaxOutput: 1})
		if r.Held().Cost != want {
			t.Errorf("%s is held at %v, want %v", model, r.Held().Cost, want)
		}
		must(t, r.Settle(t.Context(), used(10, 1)))
	}
	var exceeded *budget.ExceededError
	if _, err := m.Reserve(t.Context(), budget.Call{Model: "a-2024", Input: 10, MinOutput: 8, MaxOutput: 8}); !errors.As(err, &exceeded) ||
		exceeded.Scope != budget.Model("a") || exceeded.Settled.Tokens != 83 {
		t.Errorf("err = %v", err)
	}
	last := l.Entries()[len(l.Entries())-1]
	if family(last.Model) != last.Scopes[1].Name {
		t.Errorf("%+v", last)
	}
	audit := books.Audit{Family: family}
	for _, e := range l.Entries() {
		must(t, audit.Add(e))
	}
	if len(audit.Open()) > 0 {
		t.Errorf("open: %v", audit.Open())
	}
	must(t, m.SetLimit(t.Context(), budget.Model("a-2024"), budget.TokenLimit(200)))
	mustReserve(t, m, t.Context(), budget.Call{Model: "a-2025", Input: 100, MaxOutput: 0})
}

// What adds nothing to an amount may go on, whatever stands above its limit.
func TestWhatCostsNothingGoesOn(t *testing.T) {
	m := budget.New(budget.Config{
		OnFull: budget.Refuse, Prices: budget.Prices{"paid": budget.FlatPrice(budget.USD, budget.USD), "free": {}},
		Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(100_000), budget.Task("t"): budget.TokenLimit(5)},
	})
	r := mustReserve(t, m, t.Context(), budget.Call{Model: "paid", Input: 50, MinOutput: 50, MaxOutput: 50})
	must(t, r.Settle(t.Context(), used(90, 50)))
	if debt := m.Total().Debt.Overrun.Cost; debt != 40_000 {
		t.Fatalf("a debt of %v", debt)
	}
	free := budget.Call{Model: "free", Input: 1000, MinOutput: 10, MaxOutput: 1000}
	must(t, m.Check(t.Context(), free))
	r = mustReserve(t, m, t.Context(), free)
	if r.Output() != 1000 {
		t.Errorf("%d tokens granted", r.Output())
	}
	var exceeded *budget.ExceededError
	if _, err := m.Reserve(t.Context(), budget.Call{Model: "paid", Input: 1, MaxOutput: 0}); !errors.As(err, &exceeded) || !exceeded.Final() {
		t.Errorf("err = %v", err)
	}
	if left := m.Remaining(t.Context(), ""); !left.Covers(budget.Amount{Tokens: 5}) || left.Covers(budget.Amount{Cost: 1}) {
		t.Errorf("%+v", left)
	}
	if _, err := m.Reserve(budget.WithScopes(t.Context(), budget.Task("t")), free); !errors.As(err, &exceeded) || exceeded.Scope != budget.Task("t") {
		t.Errorf("err = %v", err)
	}
}

// A scope without a name must not be a way around its limit, nor end the process.
func TestScopesWithoutANameFail(t *testing.T) {
	m := budget.New(budget.Config{})
	ctx := budget.WithScopes(t.Context(), budget.Task(""))
	if _, err := m.Reserve(ctx, call(1, 1)); err == nil || !strings.Contains(err.Error(), "task scope without a name") {
		t.Errorf("err = %v", err)
	}
	if err := m.Record(ctx, budget.Call{Model: "m"}, used(1, 1)); err == nil {
		t.Error("recorded")
	}
	if err := m.Record(t.Context(), budget.Call{Model: "\xff"}, used(1, 1)); err == nil {
		t.Error("recorded on a model that no ledger could keep")
	}
	if !m.Total().Settled.IsZero() {
		t.Errorf("%+v", m.Total().Counters)
	}
}

package books_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func byModel(e budget.Entry) string { return e.Model }

// TestSummarize: what each kind of attempt adds to a line.
func TestSummarize(t *testing.T) {
	l := new(budget.Memory)
	m := open(t, l, budget.Config{
		Limits: budget.Limits{budget.Total: budget.TokenLimit(250)}, Prices: budget.Prices{"m": budget.FlatPrice(budget.USD, budget.USD)},
	})
	call := func(model string, input, output int64) budget.Call {
		return budget.Call{Model: model, Input: input, Counted: 50, MinOutput: output, MaxOutput: output}
	}
	used := func(input, output int64) *budget.Outcome {
		return &budget.Outcome{Usage: budget.Usage{Input: input, Output: output}}
	}
	r := budget.Run("r")
	spend(t, m, call("m", 60, 10), used(40, 10), r, budget.Task("t1"))
	spend(t, m, call("m", 60, 10), used(70, 10), r, budget.Task("t1")) // 10 more than was held
	spend(t, m, call("m", 60, 10), &budget.Outcome{Assumed: true}, r, budget.Task("t2"))
	spend(t, m, call("m", 1, 1), nil, budget.Task("t3"))
	recorded := *used(100, 0) // 50 above the limit
	must(t, m.Record(budget.WithScopes(t.Context(), r, budget.Task("t4")), call("m", 0, 0), recorded))
	must(t, m.Reset(t.Context()))
	spend(t, m, call("n", 60, 10), used(5, 5), r, budget.Task("t1")) // of no price

	h, err := books.Summarize(l.All(t.Context()), byModel)
	must(t, err)
	total := budget.Amount{Tokens: 310, Cost: 300_000}
	want := books.Line{
		Attempts: 5, Released: 1, Tasks: 3, Settled: total, Exact: total.Sub(budget.Amount{Tokens: 70, Cost: 70_000}),
		Assumed: budget.Amount{Tokens: 70, Cost: 70_000}, Overrun: budget.Amount{Tokens: 10, Cost: 10_000}, Unpriced: 10,
		Usage: budget.Usage{Input: 275, Output: 35}, Held: budget.Amount{Tokens: 280, Cost: 210_000},
		Debt:     budget.Debts{Recorded: budget.Amount{Tokens: 50}},
		Estimate: books.Estimates{Attempts: 3, Above: 1, Held: 210, Charged: 140, Counted: 150, Input: 115},
	}
	unexported := cmpopts.IgnoreUnexported(books.Line{})
	if diff := cmp.Diff(want, h.Total, unexported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var keys []string
	for _, l := range h.Groups[0] {
		keys = append(keys, l.Key)
	}
	if diff := cmp.Diff([]string{"m", "n"}, keys); diff != "" {
		t.Error(diff)
	}
	owed := []books.AccountDebt{{Account: budget.Account{Period: 1, Scope: budget.Total}, Cause: budget.CauseRecorded, Amount: budget.Amount{Tokens: 50}}}
	if diff := cmp.Diff(owed, h.Debts); diff != "" {
		t.Error(diff)
	}
}

// TestSummarizeByLabel: an entry of several labels counts in the line of each, and once in the total.
func TestSummarizeByLabel(t *testing.T) {
	l := new(budget.Memory)
	m := open(t, l, budget.Config{})
	used := func(n int64) *budget.Outcome { return &budget.Outcome{Usage: budget.Usage{Input: n}} }
	ask := budget.Call{Model: "m", Input: 100}
	spend(t, m, ask, used(1), budget.Label("a"))
	spend(t, m, ask, used(10), budget.Label("a"), budget.Label("b"))
	spend(t, m, ask, used(100))
	h, err := books.SummarizeBy(l.All(t.Context()), books.LabelKeys, books.OneKey(byModel))
	must(t, err)
	got := make(map[string]int64)
	for _, line := range h.Groups[0] {
		got[line.Key] = line.Settled.Tokens
	}
	if diff := cmp.Diff(map[string]int64{"": 100, "a": 11, "b": 10}, got); diff != "" || h.Total.Settled.Tokens != 111 || h.Groups[1][0].Settled.Tokens != 111 {
		t.Errorf("total %v (-want +got):\n%s", h.Total.Settled, diff)
	}
}

// TestSummarizeAddsUp: every group adds up to the total, the total to the fold of the entries.
func TestSummarizeAddsUp(t *testing.T) {
	l := new(budget.Memory)
	must(t, l.Append(t.Context(), budgettest.NewBooks("a", 3).Take(2000)...))
	keys := []func(budget.Entry) string{
		byModel, budget.Entry.Run, budget.Entry.TaskID, func(e budget.Entry) string { return e.Reason },
	}
	h, err := books.Summarize(l.All(t.Context()), keys...)
	must(t, err)
	for i, lines := range h.Groups {
		var sum books.Line
		for _, line := range lines {
			sum.Attempts += line.Attempts
			sum.Settled = sum.Settled.Add(line.Settled)
			sum.Exact = sum.Exact.Add(line.Exact)
			sum.Assumed = sum.Assumed.Add(line.Assumed)
			sum.Usage = sum.Usage.Add(line.Usage)
			sum.Unpriced += line.Unpriced
		}
		total := books.Line{
			Attempts: h.Total.Attempts, Settled: h.Total.Settled, Exact: h.Total.Exact,
			Assumed: h.Total.Assumed, Usage: h.Total.Usage, Unpriced: h.Total.Unpriced,
		}
		if diff := cmp.Diff(total, sum, cmpopts.IgnoreUnexported(books.Line{})); diff != "" {
			t.Errorf("group %d (-total +sum):\n%s", i, diff)
		}
	}
	charging := func(yield func(budget.Entry, error) bool) {
		for e, err := range l.All(t.Context()) {
			if (books.Filter{Charging: true}).Match(e) && !yield(e, err) {
				return
			}
		}
	}
	less, err := books.Summarize(charging, keys...)
	must(t, err)
	if diff := cmp.Diff(h, less, cmpopts.IgnoreUnexported(books.Line{})); diff != "" {
		t.Errorf("Charging leaves out what counts (-all +charging):\n%s", diff)
	}
	var fold budget.Counters
	for account, c := range books.Fold(l.Entries()) {
		if account.Scope == budget.Total {
			fold.Settled, fold.Assumed, fold.Overrun = fold.Settled.Add(c.Settled), fold.Assumed.Add(c.Assumed), fold.Overrun.Add(c.Overrun)
			fold.Unpriced += c.Unpriced
		}
	}
	got := budget.Counters{Settled: h.Total.Settled, Assumed: h.Total.Assumed, Overrun: h.Total.Overrun, Unpriced: h.Total.Unpriced}
	if diff := cmp.Diff(fold, got); diff != "" {
		t.Errorf("(-fold +total):\n%s", diff)
	}
}

func TestFilter(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	e := budget.Entry{Op: budget.OpSettle, Time: at, Period: 2, Scopes: []budget.Scope{budget.Total, budget.Run("r")}}
	for name, tc := range map[string]struct {
		filter books.Filter
		want   bool
	}{
		"all":            {books.Filter{}, true},
		"its run":        {books.Filter{Run: "r"}, true},
		"another run":    {books.Filter{Run: "q"}, false},
		"its period":     {books.Filter{Period: 2}, true},
		"another period": {books.Filter{Period: -2}, false},
		"since then":     {books.Filter{Since: at}, true},
		"since later":    {books.Filter{Since: at.Add(1)}, false},
		"until then":     {books.Filter{Until: at}, false},
		"until later":    {books.Filter{Until: at.Add(1)}, true},
		"charging":       {books.Filter{Charging: true}, true},
		"but one":        {books.Filter{Run: "r", Period: 2, Since: at, Until: at}, false},
	} {
		if got := tc.filter.Match(e); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	hold := budget.Entry{Op: budget.OpReserve}
	if charging := (books.Filter{Charging: true}); charging.Match(hold) {
		t.Error("a hold charges nothing")
	} else if hold.Debts = []budget.Debt{{Scope: budget.Total, Cause: budget.CauseSoft}}; !charging.Match(hold) {
		t.Error("a hold in soft mode changes a debt")
	}
}

// A sum of a report is right, or an error: periods that each can be counted may not be together.
func TestSummarizeBeyondCounting(t *testing.T) {
	const most = 1 << 62
	record := func(period int64, u budget.Usage, cost budget.NanoUSD) budget.Entry {
		return budget.Entry{
			ID: fmt.Sprint(period), Op: budget.OpRecord, Time: time.Unix(period, 0), Period: period, Scopes: []budget.Scope{budget.Total}, Model: "m",
			Used: budget.Amount{Tokens: u.Tokens(), Cost: cost}, Usage: u,
		}
	}
	settled := func(period int64, change func(*budget.Entry)) budget.Entry {
		e := record(period, budget.Usage{}, 0)
		e.Op = budget.OpSettle
		change(&e)
		return e
	}
	owing := func(period int64, cause budget.Cause, tokens int64) budget.Entry {
		return settled(period, func(e *budget.Entry) {
			e.Debts = []budget.Debt{{Scope: budget.Total, Cause: cause, Amount: budget.Amount{Tokens: tokens}}}
		})
	}
	taken := record(3, budget.Usage{}, 0)
	taken.Op, taken.Used.Tokens, taken.Usage.Input = budget.OpAdjust, -1, -1
	for name, tc := range map[string]struct {
		entries []budget.Entry
		ok      bool
	}{
		"as much as is counted":        {[]budget.Entry{record(1, budget.Usage{Input: most - 1}, 0), record(2, budget.Usage{Output: 1}, 0)}, true},
		"one token more":               {[]budget.Entry{record(1, budget.Usage{Input: most}, 0), record(2, budget.Usage{Output: 1}, 0)}, false},
		"tokens that wrap":             {[]budget.Entry{record(1, budget.Usage{Input: most}, 0), record(2, budget.Usage{Input: most}, 0)}, false},
		"and come back":                {[]budget.Entry{record(1, budget.Usage{Input: most}, 0), record(2, budget.Usage{Output: 1}, 0), taken}, false},
		"cost":                         {[]budget.Entry{record(1, budget.Usage{Input: 1}, most), record(2, budget.Usage{Input: 1}, most)}, false},
		"fees":                         {[]budget.Entry{record(1, budget.Usage{Fees: most}, 0), record(2, budget.Usage{Fees: most}, 0)}, false},
		"reasoning":                    {[]budget.Entry{record(1, budget.Usage{Reasoning: most}, 0), record(2, budget.Usage{Reasoning: most}, 0)}, false},
		"an entry alone":               {[]budget.Entry{record(1, budget.Usage{Input: math.MaxInt64, Output: math.MaxInt64, CacheRead: 12}, 0)}, false},
		"what was held":                {[]budget.Entry{settled(1, func(e *budget.Entry) { e.Hold.Tokens = most }), settled(2, func(e *budget.Entry) { e.Hold.Tokens = most })}, false},
		"what was counted":             {[]budget.Entry{settled(1, func(e *budget.Entry) { e.Counted = most }), settled(2, func(e *budget.Entry) { e.Counted = most })}, false},
		"overruns":                     {[]budget.Entry{settled(1, func(e *budget.Entry) { e.Overrun.Cost = most }), settled(2, func(e *budget.Entry) { e.Overrun.Cost = most })}, false},
		"a debt":                       {[]budget.Entry{owing(1, budget.CauseSoft, most), owing(2, budget.CauseSoft, 1)}, false},
		"debts of all causes together": {[]budget.Entry{owing(1, budget.CauseSoft, most), owing(2, budget.CauseLowered, 1)}, false},
	} {
		entries := func(yield func(budget.Entry, error) bool) {
			for _, e := range tc.entries {
				if !yield(e, nil) {
					return
				}
			}
		}
		for _, by := range [][]func(budget.Entry) string{nil, {func(e budget.Entry) string { return fmt.Sprint(e.Period) }}} {
			h, err := books.Summarize(entries, by...)
			if tc.ok != (err == nil) || !tc.ok && !errors.Is(err, budget.ErrUncountable) {
				t.Errorf("%s: %+v, %v", name, h.Total, err)
			}
		}
	}
}

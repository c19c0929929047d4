package books_test

import (
	"maps"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestAuditOfSoundBooks: nothing is wrong with them, and the totals and open holds are the ledger's.
func TestAuditOfSoundBooks(t *testing.T) {
	for seed := range uint64(5) {
		l := new(budget.Memory)
		must(t, l.Append(t.Context(), budgettest.NewBooks("a", seed).Take(2000)...))
		var audit books.Audit
		for _, e := range l.Entries() {
			if err := audit.Add(e); err != nil {
				t.Fatalf("seed %d: %s %s: %v", seed, e.Op, e.ID, err)
			}
		}
		if diff := cmp.Diff(books.Fold(l.Entries()), audit.Totals()); diff != "" {
			t.Error(diff)
		}
		state, err := l.Load(t.Context())
		must(t, err)
		open := make(map[string]budget.Entry)
		for _, e := range state.Open {
			open[e.ID] = e
		}
		if diff := cmp.Diff(open, maps.Clone(audit.Open())); diff != "" {
			t.Error(diff)
		}
	}
}

func labels(n int) (scopes []budget.Scope) {
	for i := range n {
		scopes = append(scopes, budget.Label(strconv.Itoa(i)))
	}
	return scopes
}

// TestAuditFinds: each thing that Add promises to find is found at its entry.
func TestAuditFinds(t *testing.T) {
	scopes := []budget.Scope{budget.Total, budget.Run("r")}
	at := budgettest.NewBooks("a", 1).Next().Time
	tokens := func(n int64) budget.Amount { return budget.Amount{Tokens: n} }
	reserve := budget.Entry{ID: "a", Op: budget.OpReserve, Time: at, Period: 1, Scopes: scopes, Hold: tokens(10)}
	settle := reserve
	settle.Op, settle.Used, settle.Usage, settle.Overrun = budget.OpSettle, tokens(12), budget.Usage{Input: 12}, tokens(2)
	release := reserve
	release.Op = budget.OpRelease
	change := func(e budget.Entry, f func(*budget.Entry)) budget.Entry {
		f(&e)
		return e
	}
	owe := func(amounts ...int64) func(*budget.Entry) {
		return func(e *budget.Entry) {
			for _, n := range amounts {
				e.Debts = append(e.Debts, budget.Debt{Scope: budget.Total, Cause: budget.CauseSoft, Amount: tokens(n)})
			}
		}
	}
	for _, tc := range []struct {
		name string
		last budget.Entry // after reserve
		want string
	}{
		{"sound", settle, ""},
		{"sound release", release, ""},
		{"unknown op", change(settle, func(e *budget.Entry) { e.Op = "steal" }), "unknown op"},
		{"buckets", change(settle, func(e *budget.Entry) { e.Usage.Output = 1 }), "charges 12 tokens, its usage is 13"},
		{"overrun", change(settle, func(e *budget.Entry) { e.Overrun = tokens(0) }), "its overrun is 0 tokens, it used 2 tokens more"},
		{"another hold", change(settle, func(e *budget.Entry) { e.Hold, e.Overrun = tokens(11), tokens(1) }), "gives back 11 tokens of a hold of 10"},
		{"another period", change(settle, func(e *budget.Entry) { e.Period = 2 }), "of period 2, its hold of period 1"},
		{"other scopes", change(release, func(e *budget.Entry) { e.Scopes = scopes[:1] }), "is charged to [total], its hold to [total run:r]"},
		{"no hold", change(settle, func(e *budget.Entry) { e.ID = "b" }), "ends a hold that is not open"},
		{"twice open", change(reserve, func(e *budget.Entry) { e.Op = budget.OpReserve }), "open already"},
		{"a scope twice", change(settle, func(e *budget.Entry) { e.Scopes = []budget.Scope{budget.Run("r"), budget.Run("q")} }), "two scopes of the kind run"},
		{"a label twice", change(settle, func(e *budget.Entry) {
			e.Scopes = []budget.Scope{budget.Label("a"), budget.Label("b"), budget.Label("a")}
		}), "charged to label:a twice"},
		{"labels too many", change(settle, func(e *budget.Entry) { e.Scopes = labels(budget.MaxLabels + 1) }), "charged to 9 scopes"},
		{"as many labels as can be", change(settle, func(e *budget.Entry) {
			e.Op, e.Hold, e.Overrun, e.Scopes = budget.OpRecord, tokens(0), tokens(0), labels(budget.MaxLabels)
		}), ""},
		{"a release that charges", change(release, func(e *budget.Entry) { e.Used, e.Usage.Input = tokens(1), 1 }), "a release entry cannot"},
		{"a record that holds", change(settle, func(e *budget.Entry) { e.Op = budget.OpRecord }), "a record entry cannot"},
		{"a negative hold", change(reserve, func(e *budget.Entry) { e.ID, e.Hold = "b", tokens(-1) }), "holds -1 tokens"},
		{"a negative charge", change(settle, func(e *budget.Entry) { e.Used, e.Usage, e.Overrun = tokens(-1), budget.Usage{Input: -1}, tokens(0) }), "only a correction can"},
		{"money without a price", change(settle, func(e *budget.Entry) { e.Unpriced, e.Used.Cost, e.Overrun.Cost = true, 1, 1 }), "without a price"},
		{"fees", change(settle, func(e *budget.Entry) { e.Usage.Fees, e.Used.Cost, e.Overrun.Cost = 6, 5, 5 }), "fees are $0.000000006, more than its cost of $0.000000005"},
		{"fees of unknown cost", change(settle, func(e *budget.Entry) { e.Usage.Fees, e.Unpriced = 6, true }), ""},
		{"another model", change(settle, func(e *budget.Entry) { e.Model = "n" }), `its model is "n", its hold's ""`},
		{"another count", change(settle, func(e *budget.Entry) { e.Counted = 3 }), "counted 3 tokens of input, its hold counted 0"},
		{"another cap", change(release, func(e *budget.Entry) { e.Output = 3 }), "output cap is 3, its hold's cap 0"},
		{"another bound", change(release, func(e *budget.Entry) { e.Certainty = budget.Upper }), `bound is "upper", its hold's ""`},
		{"a model that is not its scope's", change(settle, func(e *budget.Entry) {
			e.Op, e.Hold, e.Overrun, e.Model, e.Scopes = budget.OpRecord, tokens(0), tokens(0), "n", []budget.Scope{budget.Model("m")}
		}), `its model is "n", its scope is model:m`},
		{"a correction without a reason", change(settle, func(e *budget.Entry) { e.Op, e.Hold, e.Reason = budget.OpAdjust, tokens(0), " " }), "without a reason"},
		{"a debt elsewhere", change(settle, func(e *budget.Entry) { e.Debts = []budget.Debt{{Scope: budget.Task("t"), Cause: budget.CauseSoft}} }), "which it cannot book"},
		{"too much", change(settle, func(e *budget.Entry) { e.Usage.Input = math.MaxInt64 }), "more than can be counted"},
		{"too much owed", change(settle, owe(math.MinInt64)), "more than can be counted"},
		{"too much owed in all", change(settle, owe(1<<57, 1<<57)), "more than can be counted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			audit := books.Audit{Family: strings.ToLower}
			must(t, audit.Add(reserve))
			err := audit.Add(tc.last)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
	var audit books.Audit
	must(t, audit.Add(reserve))
	must(t, audit.Add(settle))
	if err := audit.Add(release); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("ended twice: %v", err)
	}
}

// TestAuditOverflow: sums that no number holds are found before they turn around.
func TestAuditOverflow(t *testing.T) {
	var audit books.Audit
	e := budget.Entry{ID: "a", Op: budget.OpLimit, Time: budgettest.NewBooks("a", 1).Next().Time, Scopes: []budget.Scope{budget.Total},
		Debts: []budget.Debt{{Scope: budget.Total, Cause: budget.CauseLowered, Amount: budget.Amount{Tokens: 1 << 57}}}}
	for i := range 40 {
		if err := audit.Add(e); err != nil {
			if i != 32 || !strings.Contains(err.Error(), "sums of total") {
				t.Errorf("entry %d: %v", i, err)
			}
			return
		}
	}
	t.Error("not found")
}

// TestAuditCorrections: they come in pairs and are numbered on.
func TestAuditCorrections(t *testing.T) {
	at := budgettest.NewBooks("a", 1).Next().Time
	adjust := func(id string) budget.Entry {
		return budget.Entry{ID: id, Op: budget.OpAdjust, Time: at, Period: 1, Scopes: []budget.Scope{budget.Total}, Reason: "invoice"}
	}
	for _, tc := range []struct {
		name, ids, want, halves string
	}{
		{"twice", "a~1 a~2 a~3 a~4", "", ""},
		{"of two attempts", "a~1 b~1 a~2 b~2", "", ""},
		{"of an attempt whose id looks like one", "a~1~1 a~1~2", "", ""},
		{"in another form", "a a~ a~x a~01 ~", "", ""},
		{"a half", "a~1 b~1 b~2 b~3", "", "a~1 b~3"},
		{"a gap", "a~1 a~2 a~4", "a~4: it is correction 4 of its attempt, after 2", ""},
		{"the second alone", "a~2", "a~2: it is correction 2 of its attempt, after 0", ""},
		{"twice the first", "a~1 a~1", "a~1: it is correction 1 of its attempt, after 1", "a~1"},
	} {
		var audit books.Audit
		var wrong []string
		for id := range strings.FieldsSeq(tc.ids) {
			if err := audit.Add(adjust(id)); err != nil {
				wrong = append(wrong, id+": "+err.Error())
			}
		}
		if got, halves := strings.Join(wrong, "; "), strings.Join(audit.Halves(), " "); got != tc.want || halves != tc.halves {
			t.Errorf("%s: %q, halves %q, want %q, %q", tc.name, got, halves, tc.want, tc.halves)
		}
	}
}

// The cost of an entry that names the audit's prices is what they make of its usage and its tier.
func TestAuditOfCosts(t *testing.T) {
	price := budget.FlatPrice(1_000_000, 3_000_000)
	price.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}, "flex": {Num: 1, Den: 2}}
	price.Regions = map[string]budget.Ratio{"us": {Num: 11, Den: 10}}
	price.Contexts = []budget.ContextPrice{{Above: 100, Price: budget.FlatPrice(2_000_000, 4_000_000)}}
	prices := budget.Prices{"m": price, "other": budget.FlatPrice(5_000_000, 5_000_000)}
	family := func(model string) string { name, _, _ := strings.Cut(model, "-2"); return name }
	for _, tc := range []struct {
		name, model, served, version, tier string
		usage                              budget.Usage
		cost                               budget.NanoUSD
		ok                                 bool
	}{
		{"listed", "m", "", "v1", "", budget.Usage{Input: 10, Output: 10}, 40, true},
		{"listed, wrong", "m", "", "v1", "", budget.Usage{Input: 10, Output: 10}, 41, false},
		{"of another version", "m", "", "v0", "", budget.Usage{Input: 10, Output: 10}, 41, true},
		{"of no version: as billed, as held or cut", "m", "", "", "", budget.Usage{Input: 10, Output: 10}, 41, true},
		{"priority", "m", "", "v1", "priority", budget.Usage{Input: 10, Output: 10}, 80, true},
		{"priority at the listed price", "m", "", "v1", "priority", budget.Usage{Input: 10, Output: 10}, 40, false},
		{"flex in a region, rounded up once", "m", "", "v1", "flex@us", budget.Usage{Input: 9, Output: 10}, 22, true},
		{"flex in a region, rounded twice", "m", "", "v1", "flex@us", budget.Usage{Input: 9, Output: 10}, 23, false},
		{"a tier without a factor, at the dearest", "m", "", "v1", "ultra", budget.Usage{Input: 10, Output: 10}, 80, true},
		{"a long context", "m", "", "v1", "", budget.Usage{Input: 50, CacheRead: 51, Output: 10}, 242, true},
		{"a long context at the short one's price", "m", "", "v1", "", budget.Usage{Input: 50, CacheRead: 51, Output: 10}, 131, false},
		{"fees", "m", "", "v1", "priority", budget.Usage{Input: 10, Fees: 7}, 27, true},
		{"by the family", "m-2026", "", "v1", "priority", budget.Usage{Input: 10}, 20, true},
		{"served by another", "m", "other-2026", "v1", "", budget.Usage{Input: 10}, 50, true},
		{"served by another at the asked one's price", "m", "other-2026", "v1", "", budget.Usage{Input: 10}, 10, false},
		{"served by one without a price", "m", "n", "v1", "", budget.Usage{Input: 10}, 10, true},
	} {
		audit := books.Audit{Family: family, Prices: prices, PriceVersion: "v1"}
		var tier budget.Tier
		must(t, tier.UnmarshalText([]byte(tc.tier)))
		err := audit.Add(budget.Entry{
			ID: "a", Op: budget.OpRecord, Time: time.Unix(7, 0), Period: 1, Scopes: []budget.Scope{budget.Total}, Model: tc.model, Served: tc.served,
			Tier: tier, PriceVersion: tc.version, Usage: tc.usage, Used: budget.Amount{Tokens: tc.usage.Tokens(), Cost: tc.cost},
		})
		if (err == nil) != tc.ok || err != nil && !strings.Contains(err.Error(), "the prices that it names come to") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

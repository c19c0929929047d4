package budget_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// tierOf reads a tier as it is written.
func tierOf(text string) (t budget.Tier) {
	_ = t.UnmarshalText([]byte(text)) // any text is one
	return t
}

// tiered is a price of a nano-USD a token, in and out: twice that above 100 tokens of input.
func tiered() budget.Price {
	p := budget.FlatPrice(1_000_000, 1_000_000)
	p.Services = map[string]budget.Ratio{"priority": {Num: 5, Den: 2}, "flex": {Num: 1, Den: 2}, "fast": {Num: 6, Den: 1}}
	p.Regions = map[string]budget.Ratio{"us": {Num: 11, Den: 10}}
	p.Contexts = []budget.ContextPrice{{Above: 100, Price: budget.FlatPrice(2_000_000, 2_000_000)}}
	return p
}

// A hold covers the dearest that the request allows; the charge is what the answer names, and assumed where that is not
// known. The hold is 60 tokens of input and 40 of output, the charge 10 and 10.
func TestTiersAreHeldAndCharged(t *testing.T) {
	for _, tc := range []struct {
		name           string
		asked, learnt  string // learnt from an earlier answer to a call that asked for nothing
		answered       string
		held, charged  budget.NanoUSD
		assumed        bool
		unlimitedMoney bool
	}{
		{"nothing said", "", "", "", 100, 20, false, false},
		{"standard", "standard", "", "standard", 100, 20, false, false},
		{"priority", "priority", "", "priority", 250, 50, false, false},
		{"priority, served as standard", "priority", "", "standard", 250, 20, false, false},
		{"priority, the answer says nothing", "priority", "", "", 250, 50, true, false},
		{"flex may be served as standard", "flex", "", "flex", 100, 10, false, false},
		{"flex, the answer says nothing", "flex", "", "", 100, 20, true, false},
		{"a region", "@us", "", "@us", 110, 22, false, false},
		{"a region that the answer does not repeat", "@us", "", "standard", 110, 22, true, false},
		{"service and region, multiplied", "priority@us", "", "priority@us", 275, 55, false, false},
		{"multiplied, rounded up once", "flex@us", "", "flex@us", 110, 11, false, false},
		{"the account's setting, learnt", "", "priority", "priority", 250, 50, false, false},
		{"the account's setting, learnt, the answer says nothing", "", "priority", "", 250, 50, true, false},
		{"a cheaper one teaches nothing", "", "flex", "", 100, 20, false, false},
		{"what was asked for outranks what was learnt", "standard", "priority", "standard", 100, 20, false, false},
		{"an answer's tier that has no price", "", "", "ultra", 100, 120, true, false},
		{"an answer's region that has no price", "", "", "@moon", 100, 22, true, false},
		{"a tier that is asked for and has no price, without a cost limit", "ultra", "", "ultra", 600, 120, true, true},
	} {
		config := budget.Config{Prices: budget.Prices{"m": tiered()}, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(1_000_000)}}
		if tc.unlimitedMoney {
			config.Limits = nil
		}
		m := budget.New(config)
		if tc.learnt != "" {
			o := used(0, 0)
			o.Tier = tierOf(tc.learnt)
			must(t, mustReserve(t, m, t.Context(), call(1, 1)).Settle(t.Context(), o))
		}
		c := call(60, 40)
		c.Tier = tierOf(tc.asked)
		r := mustReserve(t, m, t.Context(), c)
		if r.Held().Cost != tc.held {
			t.Errorf("%s: held %v, want %v", tc.name, r.Held().Cost, tc.held)
		}
		o := used(10, 10)
		o.Tier = tierOf(tc.answered)
		must(t, r.Settle(t.Context(), o))
		if got := m.Total(); got.Settled.Cost != tc.charged || !got.Assumed.IsZero() != tc.assumed {
			t.Errorf("%s: charged %v, assumed %v; want %v, %v", tc.name, got.Settled.Cost, got.Assumed, tc.charged, tc.assumed)
		}
	}
}

// Factors are multiplied, and the cost rounded up once: neither the listed price nor one factor is rounded before.
func TestFactorsAreRoundedUpOnce(t *testing.T) {
	cheap := tiered()
	cheap.Input = 300_000
	for _, tc := range []struct {
		name  string
		price budget.Price
		used  int64 // tokens of input
		tier  string
		want  budget.NanoUSD
	}{
		{"two factors", tiered(), 7, "flex@us", 4},              // 3.85; each rounded: 5
		{"a fraction of a price", cheap, 1, "priority", 1},      // 0.75; the price rounded: 3
		{"a price and two factors", cheap, 3, "priority@us", 3}, // 2.475; each rounded: 4
	} {
		if got, known := tc.price.CostAt(&budget.Usage{Input: tc.used}, tierOf(tc.tier)); got != tc.want || !known {
			t.Errorf("%s: %v, known %v; want %v", tc.name, got, known, tc.want)
		}
	}
}

// In strict mode under a cost limit, a tier without a factor is refused, and one with a factor is not.
func TestTiersWithoutAPriceAreRefused(t *testing.T) {
	m := budget.New(budget.Config{
		Prices: budget.Prices{"m": tiered(), "plain": budget.FlatPrice(1, 1)}, Limits: budget.Limits{budget.Total: budget.Limit{}.WithCost(1_000_000)},
	})
	for _, tc := range []struct {
		model, tier string
		ok          bool
	}{{"m", "priority@us", true}, {"m", "ultra", false}, {"m", "@moon", false}, {"m", "standard@global", true}, {"plain", "priority", false}, {"plain", "standard", true}} {
		c := call(1, 1)
		c.Model, c.Tier = tc.model, tierOf(tc.tier)
		_, err := m.Reserve(t.Context(), c)
		if unpriced := new(budget.UnpricedError); tc.ok != (err == nil) || !tc.ok && (!errors.As(err, &unpriced) || unpriced.Tier != c.Tier) {
			t.Errorf("%s at %q: %v", tc.model, tc.tier, err)
		}
	}
}

// A long request is held at the dearest price of the contexts that it may come to, and charged at the one that it came to,
// as a whole.
func TestContextsAreHeldAndCharged(t *testing.T) {
	for _, tc := range []struct {
		input, used   int64
		held, charged budget.NanoUSD
	}{{100, 100, 110, 110}, {101, 100, 222, 110}, {101, 101, 222, 222}, {400, 1, 820, 11}} {
		m := budget.New(budget.Config{Prices: budget.Prices{"m": tiered()}})
		r := mustReserve(t, m, t.Context(), call(tc.input, 10))
		must(t, r.Settle(t.Context(), used(tc.used, 10)))
		if r.Held().Cost != tc.held || m.Total().Settled.Cost != tc.charged {
			t.Errorf("%d tokens of input, %d used: held %v, charged %v, want %v, %v", tc.input, tc.used, r.Held().Cost, m.Total().Settled.Cost, tc.held, tc.charged)
		}
	}
}

// Who waits is held at the dearest tier that answers have named when its turn comes, not at what was known when it came.
func TestWaitersAreHeldAtWhatWasLearnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := budget.New(budget.Config{
			Prices: budget.Prices{"m": tiered()}, Limits: budget.Limits{budget.Total: budget.TokenLimit(100).WithCost(1_000_000)},
		})
		first := mustReserve(t, m, t.Context(), call(60, 40))
		granted := make(chan budget.Reservation)
		go func() {
			r, err := m.Reserve(context.Background(), call(40, 40))
			if err != nil {
				t.Error(err)
			}
			granted <- r
		}()
		synctest.Wait()
		o := used(10, 10)
		o.Tier.Service = "priority"
		must(t, first.Settle(t.Context(), o))
		if r := <-granted; r.Held().Cost != 200 {
			t.Errorf("held %v, want $0.0000002", r.Held())
		}
	})
}

// Entries name the version of the prices only where those made the cost, so that a cost can be recomputed.
func TestEntriesNameThePricesThatMadeTheirCost(t *testing.T) {
	price := budget.FlatPrice(1_000_000, 3_000_000)
	price.Services = map[string]budget.Ratio{"priority": {Num: 2, Den: 1}}
	config := budget.Config{Prices: budget.Prices{"m": price}, PriceVersion: "v1"}
	billed := func(o budget.Outcome, c budget.NanoUSD) budget.Outcome { o.Billed = &c; return o }
	for _, tc := range []struct {
		name    string
		tier    string
		outcome budget.Outcome
		want    string
		cost    budget.NanoUSD
		served  string // tier
	}{
		{"priced", "", used(10, 10), "v1", 40, ""},
		{"at the tier that was asked for", "priority", used(10, 10), "v1", 80, "priority"},
		{"at a tier that nobody knows", "", budget.Outcome{Usage: budget.Usage{Input: 10}, Tier: budget.Tier{Service: "a@b"}}, "v1", 20, "a@b"},
		{"billed", "", billed(used(10, 10), 41), "", 41, ""},
		{"billed at nothing", "", billed(used(10, 10), 0), "v1", 40, ""},
		{"assumed", "priority", budget.Outcome{Assumed: true}, "v1", 2 * (60 + 3*40), "priority"},
		{"garbled", "", billed(used(-1, 10), -1), "v1", 60 + 3*40, ""},
	} {
		l := new(budget.Memory)
		m := openManager(t, l, config)
		c := call(60, 40)
		c.Tier = tierOf(tc.tier)
		must(t, mustReserve(t, m, t.Context(), c).Settle(t.Context(), tc.outcome))
		last := l.Entries()[len(l.Entries())-1]
		if last.PriceVersion != tc.want || last.Used.Cost != tc.cost || last.Tier.String() != tc.served {
			t.Errorf("%s: version %q, %v, tier %q", tc.name, last.PriceVersion, last.Used.Cost, last.Tier)
		}
		mustReserve(t, m, t.Context(), c) // and dies with it
		config := config
		config.Ledger, config.PriceVersion = l, "v2"
		_, err := budget.Open(t.Context(), config)
		must(t, err)
		audit := books.Audit{Prices: config.Prices, PriceVersion: "v1"}
		for _, e := range l.Entries() {
			must(t, audit.Add(e))
			if e.Reason == budget.ReasonRecovered && e.PriceVersion != "" {
				t.Errorf("%s: what was recovered names the prices %q", tc.name, e.PriceVersion)
			}
		}
	}
}

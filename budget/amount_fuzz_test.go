package budget_test

import (
	"math/big"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Amounts read from text are none that cannot be, and are written as what is read again.
func FuzzAmounts(f *testing.F) {
	for _, text := range []string{"0", "2.50", "$1000000.000000001", "1152921504.606846976", "1.5M", "9_007_199_254_740_992", "-1", "1e9", ".", "00.10k"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := budget.ParseUSD(text); err == nil {
			again, err := budget.ParseUSD(c.String())
			if c < 0 || c > 1<<60 || err != nil || again != c {
				t.Errorf("%q is %d, and written %v is %d, %v", text, c, c, again, err)
			}
		}
		if n, err := budget.ParseTokens(text); err == nil && (n < 0 || n > budget.MaxTokens) {
			t.Errorf("%q is %d tokens", text, n)
		}
		tier := tierOf(text)
		if again := tierOf(tier.String()); again != tier {
			t.Errorf("%q is the tier %+v, and written %q is %+v", text, tier, tier, again)
		}
	})
}

// What a usage costs is the exact sum times the exact factor, rounded up once, whatever the figures; a hold covers the
// cost of every usage that fits into it.
func FuzzCost(f *testing.F) {
	f.Add(int64(1000), int64(20), int64(5), int64(2_500_000_000), int64(10_000_000_000), int64(5), int64(2), int64(200_000))
	f.Add(int64(1)<<40, int64(0), int64(0), int64(1_000_000_000_000_000), int64(1), int64(10_000), int64(1), int64(1))
	f.Fuzz(func(t *testing.T, input, read, output, in, out, num, den, above int64) {
		u := budget.Usage{Input: input, CacheRead: read, Output: output}
		bounded := func(n, most int64) bool { return n >= 0 && n <= most }
		if !u.Possible() || !bounded(in, int64(budget.MaxAttemptCost)) || !bounded(out, int64(budget.MaxAttemptCost)) ||
			!bounded(num, budget.MaxRatio) || den < 1 || den > budget.MaxRatio || above < 0 {
			return
		}
		price := budget.FlatPrice(budget.NanoUSD(in), budget.NanoUSD(out))
		price.Services = map[string]budget.Ratio{"tier": {Num: num, Den: den}}
		price.Contexts = []budget.ContextPrice{{Above: above, Price: budget.FlatPrice(budget.NanoUSD(out), budget.NanoUSD(in))}}
		at, to := in, out
		if input+read > above {
			at, to = out, in
		}
		got, known := price.CostAt(&u, budget.Tier{Service: "tier"})
		want := exactCost(input+read, output, at, to, num, den)
		if !known || (got <= budget.MaxAttemptCost || want.Cmp(big.NewInt(int64(budget.MaxAttemptCost))) <= 0) && want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Errorf("%+v costs %d, want %v", u, got, want)
		}
		m := budget.New(budget.Config{Prices: budget.Prices{"m": price}})
		call := budget.Call{Model: "m", Input: input + read, MaxOutput: min(output, budget.MaxOutput), Tier: budget.Tier{Service: "tier"}}
		if held := m.Most(call); output <= budget.MaxOutput && got <= budget.MaxAttemptCost && held.Cost < got {
			t.Errorf("%+v is held at %v and costs %v", u, held, got)
		}
	})
}

// exactCost is the cost in nano-USD, rounded up.
func exactCost(input, output, in, out, num, den int64) *big.Int {
	b := big.NewInt
	sum := new(big.Int).Add(new(big.Int).Mul(b(input), b(in)), new(big.Int).Mul(b(output), b(out)))
	sum.Mul(sum, b(num))
	unit := new(big.Int).Mul(b(den), b(1_000_000))
	return sum.Add(sum, new(big.Int).Sub(unit, b(1))).Div(sum, unit)
}

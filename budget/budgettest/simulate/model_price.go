package simulate

import (
	"math/big"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What things cost.

// family is what a model's names have in common: what follows "-20" is the date of a snapshot.
func family(model string) string {
	name, _, _ := strings.Cut(model, "-20")
	return name
}

// fold is the account in which a is counted.
func fold(a budget.Account) budget.Account {
	if a.Scope.Kind == budget.KindModel {
		a.Scope = budget.Model(family(a.Scope.Name))
	}
	return a
}

// priceOf is the price of the name itself or, without one, of its family.
func (m *model) priceOf(name string) (price budget.Price, priced bool) {
	for _, name := range []string{name, family(name)} {
		if price, priced = m.rules.prices[name]; priced {
			break
		}
	}
	return price, priced && name != ""
}

// ratio is what the word of a tier multiplies a price by: one that is not said is the listed one, which costs what is
// listed; one that the price does not know costs what the dearest does.
func ratio(factors map[string]budget.Ratio, word, listed string) (r *big.Rat, known bool) {
	if word == "" {
		word = listed
	}
	r = big.NewRat(1, 1)
	if f, ok := factors[word]; ok {
		return big.NewRat(f.Num, f.Den), true
	}
	if word == listed {
		return r, true
	}
	for _, f := range factors {
		if f := big.NewRat(f.Num, f.Den); f.Cmp(r) > 0 {
			r = f
		}
	}
	return r, false
}

func factor(p budget.Price, t budget.Tier) (r *big.Rat, known bool) {
	service, ok1 := ratio(p.Services, t.Service, "standard")
	region, ok2 := ratio(p.Regions, t.Region, "global")
	return service.Mul(service, region), ok1 && ok2
}

// bill is tokens at prices per million, times a factor, rounded up once. What no attempt can cost is the largest there is.
type bill struct{ sum big.Int }

func (b *bill) add(tokens int64, price budget.NanoUSD) {
	b.sum.Add(&b.sum, new(big.Int).Mul(big.NewInt(tokens), big.NewInt(int64(price))))
}

func (b *bill) total(factor *big.Rat) budget.NanoUSD {
	divisor := new(big.Int).Mul(factor.Denom(), big.NewInt(1_000_000))
	n, rest := new(big.Int).DivMod(new(big.Int).Mul(&b.sum, factor.Num()), divisor, new(big.Int))
	if rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	if most := big.NewInt(1 << 60); n.Cmp(most) > 0 {
		return 1 << 60
	}
	return budget.NanoUSD(n.Int64())
}

// inContext is the price of a request with so much input.
func inContext(p budget.Price, input int64) budget.Price {
	at := p
	for _, c := range p.Contexts {
		if input > c.Above {
			at = c.Price
		}
	}
	return at
}

// cost is what a usage is worth at a tier.
func cost(p budget.Price, u budget.Usage, t budget.Tier) (budget.NanoUSD, bool) {
	at := inContext(p, u.Input+u.CacheRead+u.CacheWrite1h)
	var b bill
	b.add(u.Input, at.Input)
	b.add(u.CacheRead, at.CacheRead)
	b.add(u.CacheWrite1h, at.CacheWrite1h)
	b.add(u.Output, at.Output)
	f, known := factor(p, t)
	return b.total(f) + u.Fees, known
}

// heldFor is the tier whose price the hold of c must cover: as asked; where it was not said, as the dearest answer was
// served; and who asks for a cheaper service may get the standard one.
func (m *model) heldFor(c *call) budget.Tier {
	p, priced := m.priceOf(c.model)
	t := c.tier
	if !priced || len(p.Services)+len(p.Regions) == 0 {
		return t
	}
	learnt := m.learnt[family(c.model)]
	if t.Service == "" {
		t.Service = learnt.Service
	}
	if t.Region == "" {
		t.Region = learnt.Region
	}
	asked, _ := ratio(p.Services, t.Service, "standard")
	if standard, _ := ratio(p.Services, "standard", "standard"); asked.Cmp(standard) < 0 {
		t.Service = "standard"
	}
	return t
}

// learn remembers the dearest words of answers to calls that left them open. p is the price of who answered.
func (m *model) learn(c *call, p budget.Price, named budget.Tier) {
	if m.learnt == nil {
		m.learnt = make(map[string]budget.Tier)
	}
	t := m.learnt[family(c.model)]
	for _, w := range []struct {
		factors      map[string]budget.Ratio
		asked, named string
		listed       string
		learnt       *string
	}{
		{p.Services, c.tier.Service, named.Service, "standard", &t.Service},
		{p.Regions, c.tier.Region, named.Region, "global", &t.Region},
	} {
		before, _ := ratio(w.factors, *w.learnt, w.listed)
		if now, known := ratio(w.factors, w.named, w.listed); w.asked == "" && w.named != "" && known && now.Cmp(before) > 0 {
			*w.learnt = w.named
		}
	}
	m.learnt[family(c.model)] = t
}

// want is what the call holds with this output cap: the dearest that its tokens can cost in any context that they may
// come to.
func (m *model) want(c *call, output int64) budget.Amount {
	input := m.inputOf(c)
	want := budget.Amount{Tokens: input + output}
	p, priced := m.priceOf(c.model)
	if !priced {
		return want
	}
	f, _ := factor(p, m.heldFor(c))
	prices := []budget.Price{p}
	for _, long := range p.Contexts {
		if input > long.Above {
			prices = append(prices, long.Price)
		}
	}
	for _, p := range prices {
		var b bill
		b.add(input, dearestInput(p, c.cacheWrite))
		b.add(output, max(p.Output, p.AudioOutput))
		want.Cost = max(want.Cost, b.total(f))
	}
	return want
}

func dearestInput(p budget.Price, cacheWrite bool) budget.NanoUSD {
	if cacheWrite {
		return max(p.Input, p.CacheRead, p.AudioInput, p.CacheWrite5m, p.CacheWrite1h)
	}
	return max(p.Input, p.CacheRead, p.AudioInput)
}

// inputOf is the input that is held: of unknown size it is what the allowance says.
func (m *model) inputOf(c *call) int64 {
	if c.unbounded && !m.rules.soft {
		return c.input + m.rules.allowance
	}
	return c.input
}

package budget

import (
	"fmt"
	"math/bits"
	"slices"
)

// Price is what a model costs, in nano-USD per million tokens of each bucket. $2.50 per million tokens is
// 2_500_000_000. Every field counts as it stands.
//
// An attempt costs its tokens at the prices of its context tier, times the factors of its service tier and its
// region, rounded up once, plus its fees. Providers reprice the whole request above a threshold of input, not the
// part above it.
type Price struct {
	Input        NanoUSD
	CacheRead    NanoUSD
	CacheWrite5m NanoUSD
	CacheWrite1h NanoUSD
	Output       NanoUSD
	AudioInput   NanoUSD
	AudioOutput  NanoUSD

	// Services and Regions are the factors of service tiers and of regions, by the words of [Tier]. The
	// standard service and the global region are 1 unless they stand there.
	Services, Regions map[string]Ratio

	// Contexts are the prices of long requests, by rising Above.
	Contexts []ContextPrice
}

// ContextPrice is the price of every token of a request whose input, cached tokens included, is more than
// Above tokens. Its own Services, Regions and Contexts have no meaning.
type ContextPrice struct {
	Above int64
	Price Price
}

// FlatPrice is a price of input per million tokens for every kind of input, and of output for every kind
// of output.
func FlatPrice(input, output NanoUSD) Price {
	return Price{
		Input: input, CacheRead: input, CacheWrite5m: input, CacheWrite1h: input, AudioInput: input,
		Output: output, AudioOutput: output,
	}
}

// buckets are the prices of the buckets of a usage, in their order.
func (p *Price) buckets() [len(figures) - 1]NanoUSD {
	return [...]NanoUSD{p.Input, p.CacheRead, p.CacheWrite5m, p.CacheWrite1h, p.Output, p.AudioInput, p.AudioOutput}
}

// Prices holds the price of each model, by the name that calls ask for. A model that is absent is
// unpriced: its cost is unknown.
type Prices map[string]Price

// tokensPerPrice is the number of tokens that a price is quoted for.
const tokensPerPrice = 1_000_000

// Cost returns what u costs at the listed price: the sum over the buckets, rounded up once to a whole
// nano-USD, plus the fees. The sum is kept in 128 bits; a cost above [MaxAttemptCost] is returned as some cost
// above it.
func (p *Price) Cost(u *Usage) NanoUSD { return p.cost(u, one) }

// CostAt returns what u costs at tier t. It is not known if the price has no factor for a word of t.
func (p *Price) CostAt(u *Usage, t Tier) (cost NanoUSD, known bool) {
	factor, known := p.factor(t)
	return p.cost(u, factor), known
}

func (p *Price) cost(u *Usage, factor Ratio) NanoUSD {
	at := p
	if p.Contexts != nil {
		at = p.at(u.InputTokens())
	}
	var sum product // written out, for every settlement takes it
	sum.add(u.Input, at.Input)
	sum.add(u.Output, at.Output)
	sum.add(u.CacheRead, at.CacheRead)
	sum.add(u.CacheWrite5m, at.CacheWrite5m)
	sum.add(u.CacheWrite1h, at.CacheWrite1h)
	sum.add(u.AudioInput, at.AudioInput)
	sum.add(u.AudioOutput, at.AudioOutput)
	return sum.perMillion(factor) + u.Fees
}

// at returns the prices of a request with so much input.
func (p *Price) at(input int64) *Price {
	at := p
	for i := range p.Contexts {
		if input > p.Contexts[i].Above {
			at = &p.Contexts[i].Price
		}
	}
	return at
}

// factor is what tier t multiplies the price by; a word without a factor makes it unknown, and the dearest.
func (p *Price) factor(t Tier) (factor Ratio, known bool) {
	if !t.said() && !p.tiered() { // nearly always
		return one, true
	}
	service, ok1 := factorOf(p.Services, t.Service, StandardService)
	region, ok2 := factorOf(p.Regions, t.Region, GlobalRegion)
	return service.Times(region), ok1 && ok2
}

func factorOf(factors map[string]Ratio, word, listed string) (factor Ratio, known bool) {
	if word == "" {
		word = listed
	}
	if r, ok := factors[word]; ok {
		return r, true
	}
	if word == listed {
		return one, true
	}
	dearest := one
	for _, r := range factors {
		if dearest.Less(r) {
			dearest = r
		}
	}
	return dearest, false
}

// dearer returns t with those words of other that cost more than t's.
func (p *Price) dearer(t, other Tier) Tier {
	if was, _ := factorOf(p.Services, t.Service, StandardService); other.Service != "" {
		if is, known := factorOf(p.Services, other.Service, StandardService); known && was.Less(is) {
			t.Service = other.Service
		}
	}
	if was, _ := factorOf(p.Regions, t.Region, GlobalRegion); other.Region != "" {
		if is, known := factorOf(p.Regions, other.Region, GlobalRegion); known && was.Less(is) {
			t.Region = other.Region
		}
	}
	return t
}

// tiered reports whether anything but the number of tokens changes what the price makes of them.
func (p *Price) tiered() bool { return len(p.Services)+len(p.Regions) > 0 }

// free reports whether every bucket, in every context, costs nothing.
func (p *Price) free() bool {
	for _, n := range p.buckets() {
		if n != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(p.Contexts, func(c ContextPrice) bool { return !c.Price.free() })
}

// validate reports a price that no manager takes.
func (p *Price) validate() error {
	for _, n := range p.buckets() {
		if n < 0 || n > MaxAttemptCost {
			return fmt.Errorf("%v for a million tokens (at least $0.00, at most %v)", n, MaxAttemptCost)
		}
	}
	for _, factors := range []map[string]Ratio{p.Services, p.Regions} {
		for word, r := range factors {
			if err := r.validate(); err != nil {
				return fmt.Errorf("%q: %w", word, err)
			}
		}
	}
	for i, c := range p.Contexts {
		if c.Above < 0 || i > 0 && c.Above <= p.Contexts[i-1].Above {
			return fmt.Errorf("a context price above %d tokens, which does not rise", c.Above)
		}
		if len(c.Price.Contexts) > 0 || c.Price.tiered() {
			return fmt.Errorf("the price above %d tokens has tiers of its own", c.Above)
		}
		if err := c.Price.validate(); err != nil {
			return err
		}
	}
	return nil
}

// product is a sum of tokens times prices, in 128 bits.
type product struct{ hi, lo uint64 }

func (s *product) add(tokens int64, price NanoUSD) {
	if tokens == 0 {
		return
	}
	hi, lo := bits.Mul64(uint64(tokens), uint64(price))
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi += hi + carry
}

// perMillion is the sum for single tokens times factor, rounded up, or [uncountable] if that is less.
func (s product) perMillion(factor Ratio) NanoUSD {
	if s.hi == 0 && s.lo < 1<<63 && factor == one {
		return NanoUSD(min((s.lo+tokensPerPrice-1)/tokensPerPrice, uint64(uncountable)))
	}
	num, den := uint64(factor.Num), uint64(factor.Den)*tokensPerPrice
	carry, lo := bits.Mul64(s.lo, num)
	over, hi := bits.Mul64(s.hi, num)
	hi, c := bits.Add64(hi, carry, 0)
	if over+c > 0 {
		return uncountable
	}
	lo, c = bits.Add64(lo, den-1, 0)
	if hi += c; hi >= den {
		return uncountable
	}
	quotient, _ := bits.Div64(hi, lo, den)
	return NanoUSD(min(quotient, uint64(uncountable)))
}

// uncountable is a cost that no attempt can have: what is computed to be more is this.
const uncountable NanoUSD = 1 << 60

// hold is the most that this many tokens can cost: that of the dearest usage in the dearest context that the input
// may come to.
func (p *Price) hold(input, output int64, cacheWrite bool, factor Ratio) NanoUSD {
	most := p.holdAt(input, output, cacheWrite, factor)
	for i := range p.Contexts {
		if input > p.Contexts[i].Above {
			most = max(most, p.Contexts[i].Price.holdAt(input, output, cacheWrite, factor))
		}
	}
	return most
}

func (p *Price) holdAt(input, output int64, cacheWrite bool, factor Ratio) NanoUSD {
	var sum product
	sum.add(input, p.dearestInput(cacheWrite))
	sum.add(output, max(p.Output, p.AudioOutput))
	return sum.perMillion(factor)
}

// worst is the usage with the same number of tokens that costs the most: what a hold must cover.
func (p *Price) worst(input, output int64, cacheWrite bool) Usage {
	u, at := Usage{}, p.at(input)
	switch dearest := at.dearestInput(cacheWrite); dearest {
	case at.Input:
		u.Input = input
	case at.AudioInput:
		u.AudioInput = input
	case at.CacheWrite5m:
		u.CacheWrite5m = input
	case at.CacheWrite1h:
		u.CacheWrite1h = input
	default:
		u.CacheRead = input
	}
	if at.AudioOutput > at.Output {
		u.AudioOutput = output
	} else {
		u.Output = output
	}
	return u
}

func (p *Price) dearestInput(cacheWrite bool) NanoUSD {
	dearest := max(p.Input, p.CacheRead, p.AudioInput)
	if cacheWrite {
		dearest = max(dearest, p.CacheWrite5m, p.CacheWrite1h)
	}
	return dearest
}

// affordableOutput is the largest output, at most limit, for which input and output cost at most money, or nothing at
// all. It is found by bisection over the hold itself, so that it can never disagree with it about rounding.
func (p *Price) affordableOutput(money NanoUSD, input, limit int64, cacheWrite bool, factor Ratio) int64 {
	fits := func(output int64) bool {
		cost := p.hold(input, output, cacheWrite, factor)
		return cost == 0 || cost <= money
	}
	if limit < 0 || !fits(0) {
		return -1
	}
	if fits(limit) {
		return limit
	}
	low, high := int64(0), limit // fits(low), !fits(high)
	for high-low > 1 {
		if mid := low + (high-low)/2; fits(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

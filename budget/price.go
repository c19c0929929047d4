package budget

import "math/bits"

// Price is what a model costs, in nano-USD per million tokens of each bucket. $2.50 per million tokens is
// 2_500_000_000. Every field counts as it stands.
type Price struct {
	Input        NanoUSD
	CacheRead    NanoUSD
	CacheWrite5m NanoUSD
	CacheWrite1h NanoUSD
	Output       NanoUSD
	AudioInput   NanoUSD
	AudioOutput  NanoUSD
}

// FlatPrice is a price of input per million tokens for every kind of input, and of output for every kind
// of output.
func FlatPrice(input, output NanoUSD) Price {
	return Price{
		Input: input, CacheRead: input, CacheWrite5m: input, CacheWrite1h: input, AudioInput: input,
		Output: output, AudioOutput: output,
	}
}

// Prices holds the price of each model, by the name that calls ask for. A model that is absent is
// unpriced: its cost is unknown.
type Prices map[string]Price

// tokensPerPrice is the number of tokens that a price is quoted for.
const tokensPerPrice = 1_000_000

// Cost returns what u costs: the sum over the buckets, rounded up once to a whole nano-USD, plus the fees.
// The sum is kept in 128 bits; a cost above the largest amount is returned as that amount.
func (p *Price) Cost(u *Usage) NanoUSD {
	var sum product
	sum.add(u.Input, p.Input)
	sum.add(u.Output, p.Output)
	sum.add(u.CacheRead, p.CacheRead)
	sum.add(u.CacheWrite5m, p.CacheWrite5m)
	sum.add(u.CacheWrite1h, p.CacheWrite1h)
	sum.add(u.AudioInput, p.AudioInput)
	sum.add(u.AudioOutput, p.AudioOutput)
	return sum.perMillion(maxCost-u.Fees) + u.Fees
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

// perMillion is the sum for single tokens, rounded up, or most if that is less.
func (s product) perMillion(most NanoUSD) NanoUSD {
	lo, carry := bits.Add64(s.lo, tokensPerPrice-1, 0)
	hi := s.hi + carry
	if hi >= tokensPerPrice {
		return most
	}
	quotient, _ := bits.Div64(hi, lo, tokensPerPrice)
	return NanoUSD(min(quotient, uint64(most)))
}

// hold is the most that this many tokens can cost: the cost of [Price.worst].
func (p *Price) hold(input, output int64, cacheWrite bool) NanoUSD {
	var sum product
	sum.add(input, p.dearestInput(cacheWrite))
	sum.add(output, max(p.Output, p.AudioOutput))
	return sum.perMillion(maxCost)
}

// worst is the usage with the same number of tokens that costs the most: what a hold must cover.
func (p *Price) worst(input, output int64, cacheWrite bool) Usage {
	u := Usage{}
	switch dearest := p.dearestInput(cacheWrite); dearest {
	case p.Input:
		u.Input = input
	case p.AudioInput:
		u.AudioInput = input
	case p.CacheWrite5m:
		u.CacheWrite5m = input
	case p.CacheWrite1h:
		u.CacheWrite1h = input
	default:
		u.CacheRead = input
	}
	if p.AudioOutput > p.Output {
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

// affordableOutput is the largest output, at most limit, for which input and output cost at most money.
// It is found by bisection over the hold itself, so that it can never disagree with it about rounding.
func (p *Price) affordableOutput(money NanoUSD, input, limit int64, cacheWrite bool) int64 {
	fits := func(output int64) bool { return p.hold(input, output, cacheWrite) <= money }
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

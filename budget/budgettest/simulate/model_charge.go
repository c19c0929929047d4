package simulate

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What outcomes are charged.

// maxSum is the most that any sum of the books comes to.
const maxSum = 1 << 62

// priceVersion is what the prices of a seed are called.
const priceVersion = "v1"

// chargeFor is how an attempt that was sent ends.
func (m *model) chargeFor(c *call, o budget.Outcome) *charge {
	if !possible(o) {
		o = unbelieved(o)
	}
	ch := m.worth(c, m.evidence(c, o))
	if ch.used.Cost > 1e15 { // a million dollars
		o = unbelieved(o)
		ch = m.worth(c, m.evidence(c, o))
	}
	return ch
}

// unbelieved is the outcome of which only the bill stands, if that can be.
func unbelieved(o budget.Outcome) budget.Outcome {
	o.Usage, o.Unknown = budget.Usage{}, budget.BothSides
	if !payable(o.Billed) {
		o.Billed = nil
	}
	return o
}

// evidence puts what was held for a side that is not known in its place; more, if more was delivered.
func (m *model) evidence(c *call, o budget.Outcome) budget.Outcome {
	if o.Assumed && o.Usage == (budget.Usage{}) {
		o.Unknown = budget.BothSides
	}
	if o.Unknown == 0 {
		return o
	}
	o.Assumed = true
	if o.Unknown&budget.InputSide != 0 {
		input, p := m.heldInput(c), budget.Price{}
		if own, priced := m.priceOf(c.model); priced {
			p = inContext(own, input)
		}
		o.Usage.Input, o.Usage.CacheRead, o.Usage.CacheWrite1h = input, 0, 0
		if c.cacheWrite && p.CacheWrite1h > p.Input {
			o.Usage.Input, o.Usage.CacheWrite1h = 0, input
		}
	}
	if o.Unknown&budget.OutputSide != 0 {
		o.Usage.Output = max(c.output, min(o.Delivered, 1<<39))
		o.Usage.Reasoning = min(o.Usage.Reasoning, o.Usage.Output)
	}
	return o
}

func (m *model) heldInput(c *call) int64 {
	if c.held.IsZero() && c.output == 0 { // a record
		return c.input
	}
	return c.held.Tokens - c.output
}

// worth is what the usage costs: as billed, if that is to be believed, or by the price of who answered.
func (m *model) worth(c *call, o budget.Outcome) *charge {
	ch := &charge{cause: budget.CauseOverrun, assumed: o.Assumed, served: o.Served, usage: o.Usage}
	ch.used.Tokens = tokens(o.Usage)
	price, priced := m.priceServed(c, o.Served)
	if priced {
		ch.learn = func() { m.learn(c, price, o.Tier) }
	}
	ch.tier = or(o.Tier, c.tierHeld)
	free := priced && max(price.Input, price.Output, price.CacheRead, price.CacheWrite1h) == 0 && len(price.Contexts) == 0
	switch {
	case o.Billed != nil && (*o.Billed > 0 || ch.used.Tokens == 0 || free || strings.HasSuffix(c.model, ":free")):
		ch.used.Cost, ch.usage.Fees = *o.Billed, min(o.Usage.Fees, *o.Billed)
	case priced:
		var known bool
		ch.used.Cost, known = cost(price, o.Usage, ch.tier)
		ch.version = priceVersion
		// What the answer leaves open was perhaps not what was asked for.
		open := or(c.tier, c.tierHeld)
		if o.Tier.Service != "" {
			open.Service = ""
		}
		if o.Tier.Region != "" {
			open.Region = ""
		}
		plain := (open.Service == "" || open.Service == "standard") && (open.Region == "" || open.Region == "global")
		ch.assumed = ch.assumed || !known || !plain
	default:
		ch.unpriced = true
	}
	return ch
}

// priceServed is the price of the model that answered or, without one, of the model that was asked.
func (m *model) priceServed(c *call, served string) (budget.Price, bool) {
	if price, priced := m.priceOf(served); priced {
		return price, true
	}
	return m.priceOf(c.model)
}

// or fills in what t leaves open.
func or(t, other budget.Tier) budget.Tier {
	if t.Service == "" {
		t.Service = other.Service
	}
	if t.Region == "" {
		t.Region = other.Region
	}
	return t
}

func tokens(u budget.Usage) int64 { return u.Input + u.CacheRead + u.CacheWrite1h + u.Output }

// possible reports whether an attempt can have been charged o.
func possible(o budget.Outcome) bool {
	u, sum := o.Usage, int64(0)
	for _, n := range []int64{u.Input, u.CacheRead, u.CacheWrite1h, u.Output} {
		if n < 0 || n > 1<<40 || sum+n > 1<<40 {
			return false
		}
		sum += n
	}
	return u.Reasoning >= 0 && u.Reasoning <= 1<<40 && payable(&u.Fees) && payable(o.Billed)
}

func payable(cost *budget.NanoUSD) bool { return cost == nil || *cost >= 0 && *cost <= 1e15 }

// roomFor reports whether the account can count by more: settled and held together, and what it would owe.
func (m *model) roomFor(a budget.Account, by budget.Amount, owing bool) bool {
	left := m.left(a, owing)
	return by.Tokens <= left.Tokens && by.Cost <= left.Cost
}

// left is how much more the account can count.
func (m *model) left(a budget.Account, owing bool) budget.Amount {
	most, c := budget.Amount{Tokens: maxSum, Cost: maxSum}, m.known(a)
	left := most.Sub(c.Settled.Add(c.Held))
	if limit := m.limits.Of(a.Scope); owing && !limit.Unlimited() {
		left = left.Min(most.Sub(c.Debt.Total()))
	}
	return left
}

// countable reports whether the most that the call can hold can be counted.
func (m *model) countable(c *call) bool {
	want := m.want(c, c.max)
	if want.Cost > 1e15 {
		return false
	}
	for _, a := range m.accountsOf(c) {
		if !m.roomFor(a, want, m.rules.soft) {
			return false
		}
	}
	return true
}

// cut takes from a charge what the sums cannot count, and reports whether it did.
func (m *model) cut(c *call, ch *charge) bool {
	if ch.overrun.IsZero() {
		return false
	}
	room := budget.Amount{Tokens: maxSum, Cost: maxSum}
	for _, a := range c.accounts {
		room = room.Min(m.left(a, true))
	}
	over := ch.overrun.Sub(room).Max(budget.Amount{})
	if over.IsZero() {
		return false
	}
	ch.overrun, ch.used = ch.overrun.Sub(over), ch.used.Sub(over)
	for _, bucket := range []*int64{&ch.usage.Output, &ch.usage.Input, &ch.usage.CacheRead, &ch.usage.CacheWrite1h} {
		by := min(*bucket, over.Tokens)
		*bucket, over.Tokens = *bucket-by, over.Tokens-by
	}
	ch.usage.Reasoning, ch.usage.Fees = min(ch.usage.Reasoning, ch.usage.Output), min(ch.usage.Fees, ch.used.Cost)
	ch.assumed, ch.version = true, ""
	return true
}

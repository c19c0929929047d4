package budget

import (
	"fmt"
	"slices"
)

// demand is a call with its accounts and its price: what the limits are asked for.
type demand struct {
	call     Call
	accounts *resolution
	price    *Price // nil if the model has none
	tier     Tier   // to hold for
	factor   Ratio  // of the price, at its dearest in that tier
	most     Amount // what the call holds if it is granted its whole output cap; see countable
}

// demand resolves c into d. It refuses what no state of the budget could admit.
func (m *Manager) demand(set *scopeSet, c *Call, d *demand) error {
	if m.stopped != nil {
		return m.stopped
	}
	if set != nil && set.invalid != nil {
		return set.invalid
	}
	d.call, d.accounts = *c, m.resolve(set, c.Model)
	if d.accounts.invalid != nil {
		return d.accounts.invalid
	}
	if c.Tier.said() {
		d.call.Tier = c.Tier.normal()
	}
	if c.Counted == 0 {
		d.call.Counted = c.Input
	}
	m.allow(&d.call)
	m.appraise(d, d.accounts.price)
	if err := d.countable(); err != nil || m.cfg.Mode == Soft {
		return err
	}
	return m.admissible(set, d)
}

// appraise gives d its price and the dearest factor that its tier may come to: a request for a cheaper or a dearer
// service may be served as the standard one, and one that names none as the account's setting wants.
func (m *Manager) appraise(d *demand, price *Price) {
	d.price, d.tier, d.factor = price, d.call.Tier, one
	if price == nil || !price.tiered() {
		return
	}
	d.tier = d.tier.Or(m.tiers[m.family(d.call.Model)])
	d.factor, _ = price.factor(d.tier)
	if standard, _ := price.factor(Tier{Region: d.tier.Region}); d.factor.Less(standard) {
		d.tier.Service, d.factor = StandardService, standard
	}
}

// countable refuses a call that could cost more than an attempt can, and one that could take a sum past what is
// counted. It is asked before every grant.
func (d *demand) countable() error {
	d.most = d.amount(d.call.MaxOutput)
	most := d.most
	if most.Cost > MaxAttemptCost {
		return fmt.Errorf("%w: a call of %s that could cost more than %v", ErrUncountable, d.call.Model, MaxAttemptCost)
	}
	soft := d.accounts.manager.cfg.Mode == Soft
	if !soft && d.accounts.small() { // nearly always
		return nil
	}
	for _, a := range d.accounts.each() {
		if !a.counts(most) || soft && !a.owes(most) {
			return fmt.Errorf("%w: %v beside the %v of %v", ErrUncountable, most, a.spent(), a.key.Scope)
		}
	}
	return nil
}

// allow adds to c what strict mode holds for input of unknown size.
func (m *Manager) allow(c *Call) {
	if c.Certainty == None && m.cfg.Mode != Soft {
		c.Input += m.allowance(c)
	}
}

// admissible returns an error if strict mode can never admit d under the limits in force. The caller holds
// m.mu.
func (m *Manager) admissible(set *scopeSet, d *demand) error {
	if missing := m.missingScope(set); missing != "" {
		return &unscopedError{missing}
	}
	if d.call.Certainty == None && m.allowance(&d.call) == 0 {
		return unbounded(&d.call)
	}
	if unpriced, priced := d.unpriced(); !priced {
		for _, a := range d.accounts.each() {
			if a.maxCost != unlimited {
				return &UnpricedError{Model: d.call.Model, Tier: unpriced, Scope: a.key.Scope}
			}
		}
	}
	return nil
}

// unpriced returns the tier that the call asks for and the price has no factor for, or no tier where there is no price
// at all; priced reports that there is one for all.
func (d *demand) unpriced() (tier Tier, priced bool) {
	if d.price == nil || !d.call.Tier.said() { // nearly always
		return Tier{}, d.price != nil
	}
	_, known := d.price.factor(d.call.Tier)
	return d.call.Tier, known
}

// amount is what the call holds with this output cap.
func (d *demand) amount(output int64) Amount {
	a := Amount{Tokens: d.call.Input + output}
	if d.price != nil {
		a.Cost = d.price.hold(d.call.Input, output, d.call.CacheWrite, d.factor) + d.call.fees()
	}
	return a
}

// least is the smallest output cap that may be granted. A cap of zero for a call that wants output buys
// nothing but an empty answer.
func (d *demand) least() int64 { return max(d.call.MinOutput, min(1, d.call.MaxOutput)) }

// fit returns the output cap that the headroom of all accounts buys, and whether it is enough.
func (d *demand) fit() (output int64, ok bool) {
	tokens, money := int64(unlimited), NanoUSD(unlimited)
	for _, a := range d.accounts.each() {
		if a.maxTokens != unlimited {
			tokens = min(tokens, a.maxTokens-a.Settled.Tokens-a.Held.Tokens)
		}
		if a.maxCost != unlimited {
			money = min(money, a.maxCost-a.Settled.Cost-a.Held.Cost)
		}
	}
	output = d.call.MaxOutput
	if tokens != unlimited && d.call.Input+output > 0 {
		output = min(output, tokens-d.call.Input)
	}
	if money != unlimited && d.price != nil {
		fees := d.call.fees()
		if fees > 0 && fees > money {
			return -1, false
		}
		money -= fees
		output = min(output, d.price.affordableOutput(money, d.call.Input, output, d.call.CacheWrite, d.factor))
	}
	return output, output >= d.least()
}

// behind reports whether somebody who came earlier waits for one of the accounts.
func (d *demand) behind(scan uint64, waiting int) bool {
	return waiting > 0 && slices.ContainsFunc(d.accounts.each(), func(a *account) bool { return a.blocked == scan })
}

// hopeless returns an error if the call would not fit even after every hold returned whole.
func (d *demand) hopeless(p Period) error {
	want := d.amount(d.least())
	for _, a := range d.accounts.each() {
		if !a.covers(a.Settled, want) {
			return a.exceeded(want, p)
		}
	}
	return nil
}

// short returns the error for the first account that has no room now, or that others wait for.
func (d *demand) short(scan uint64, p Period) error {
	want := d.amount(d.least())
	for _, a := range d.accounts.each() {
		if !a.covers(a.spent(), want) {
			return a.exceeded(want, p)
		}
	}
	for _, a := range d.accounts.each() {
		if a.blocked == scan {
			return a.exceeded(want, p)
		}
	}
	return d.accounts.each()[0].exceeded(want, p)
}

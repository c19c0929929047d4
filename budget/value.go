package budget

import (
	"cmp"
	"fmt"
	"strings"
)

// cost computes what the outcome costs: the one rule for every charge. price is that of the model which served the
// attempt, nil without one. It is
//
//   - what the provider billed, fees included, if that is believed;
//   - else what the price makes of the usage at the outcome's tier, but no less than what was stated meanwhile;
//   - else unknown, and the charge is unpriced.
//
// It reports whether the price has a factor for the tier; if not, the dearest was charged.
func (c *charge) cost(price *Price, believed bool) (known bool) {
	o := &c.outcome
	c.used, c.priced, c.unpriced, known = Amount{Tokens: o.Usage.tokens()}, false, false, true
	switch {
	case believed:
		c.used.Cost, o.Usage.Fees = *o.Billed, min(o.Usage.Fees, *o.Billed)
	case price != nil:
		var factor Ratio
		factor, known = price.factor(o.Tier)
		c.used.Cost, c.priced = price.cost(&o.Usage, factor), true
	default:
		c.unpriced = true
	}
	if o.Billed == nil && o.LeastCost > c.used.Cost {
		c.used.Cost, c.priced, c.unpriced = o.LeastCost, false, false
	}
	return known
}

// value computes what the usage of the charge is worth to a hold of these terms, in tokens and money.
func (c *charge) value(t *terms) {
	o, price := &c.outcome, t.price
	if o.Served != "" {
		price = t.manager.priceServed(o.Served, t.call.Model, price)
	}
	named := o.Tier.normal()
	if named.said() {
		t.learn(price, named)
	}
	if named.said() || t.tier.said() {
		o.Tier = named.Or(t.tier)
	}
	believed := o.Billed != nil && t.believes(price, *o.Billed, o.Usage.tokens())
	known := c.cost(price, believed)
	if price != nil && !believed && (!known || t.tier.said()) {
		c.doubt(t, named, known)
	}
}

// doubt marks as assumed what was charged at a tier that has no factor, or at one beside the listed price that the
// answer does not name.
func (c *charge) doubt(t *terms, named Tier, known bool) {
	o, asked := &c.outcome, t.call.Tier.Or(t.tier)
	if named.Service != "" {
		asked.Service = ""
	}
	if named.Region != "" {
		asked.Region = ""
	}
	why := "the answer does not name its tier"
	switch {
	case !known:
		why = fmt.Sprintf("served at the tier %.40q, which has no price", o.Tier.String())
	case asked.listed():
		return
	}
	o.Assumed, o.Reason = true, cmp.Or(o.Reason, why)
}

// believes reports whether the provider's own word of the cost is to be taken. A cost of nothing for tokens that have a
// price is a field that nobody filled in.
func (t *terms) believes(price *Price, billed NanoUSD, tokens int64) bool {
	return billed > 0 || tokens == 0 || price != nil && price.free() || strings.HasSuffix(t.call.Model, ":free")
}

// priceServed is the price of the model that answered if it has one, else that of the model that was asked.
func (m *Manager) priceServed(served, asked string, price *Price) *Price {
	if served != asked {
		if own := m.priceOf(served); own != nil {
			return own
		}
	}
	return price
}

// learn remembers the dearest tier that the account's own setting gave a call which asked for none.
func (t *terms) learn(price *Price, named Tier) {
	if price == nil || !price.tiered() {
		return
	}
	if t.call.Tier.Service != "" {
		named.Service = ""
	}
	if t.call.Tier.Region != "" {
		named.Region = ""
	}
	m, family := t.manager, t.manager.family(t.call.Model)
	if was := m.tiers[family]; price.dearer(was, named) != was {
		m.tiers[family] = price.dearer(was, named)
	}
}

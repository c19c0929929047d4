package budget

import (
	"cmp"
	"fmt"
	"strings"
)

// value computes what the usage of the charge is worth, in tokens and money.
func (h *hold) value() {
	c, o := &h.charge, &h.charge.outcome
	c.used.Tokens, c.priced = o.Usage.tokens(), false
	price := h.priceServed(o.Served)
	named := o.Tier.normal()
	if named.said() {
		h.learn(price, named)
	}
	if named.said() || h.tier.said() {
		o.Tier = named.Or(h.tier)
	}
	switch {
	case o.Billed != nil && h.believes(price, *o.Billed, c.used.Tokens): // all of the cost, fees included
		c.used.Cost, o.Usage.Fees = *o.Billed, min(o.Usage.Fees, *o.Billed)
	case price != nil:
		factor, known := price.factor(o.Tier)
		c.used.Cost, c.priced = price.cost(&o.Usage, factor), true
		if !known || h.tier.said() {
			h.doubt(named, known)
		}
	default:
		c.unpriced = true
	}
	if o.Billed == nil && o.LeastCost > c.used.Cost {
		c.used.Cost, c.priced, c.unpriced = o.LeastCost, false, false
	}
}

// doubt marks as assumed what was charged at a tier that has no factor, or at one beside the listed price that the
// answer does not name.
func (h *hold) doubt(named Tier, known bool) {
	o, asked := &h.charge.outcome, h.call.Tier.Or(h.tier)
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
func (h *hold) believes(price *Price, billed NanoUSD, tokens int64) bool {
	return billed > 0 || tokens == 0 || price != nil && price.free() || strings.HasSuffix(h.call.Model, ":free")
}

// priceServed is the price of the model that answered if it has one, else of the model that was asked.
func (h *hold) priceServed(served string) *Price {
	if served != "" && served != h.call.Model {
		if price := h.manager.priceOf(served); price != nil {
			return price
		}
	}
	return h.price
}

// learn remembers the dearest tier that the account's own setting gave a call which asked for none.
func (h *hold) learn(price *Price, named Tier) {
	if price == nil || !price.tiered() {
		return
	}
	if h.call.Tier.Service != "" {
		named.Service = ""
	}
	if h.call.Tier.Region != "" {
		named.Region = ""
	}
	m, family := h.manager, h.manager.family(h.call.Model)
	if was := m.tiers[family]; price.dearer(was, named) != was {
		m.tiers[family] = price.dearer(was, named)
	}
}

package budget

// Counters are the totals of one account: the sum of its entries.
type Counters struct {
	Settled  Amount
	Held     Amount
	Assumed  Amount // the part of Settled that is not the provider's word
	Overrun  Amount // the sum of what settlements charged above their holds
	Unpriced int64  // the part of Settled.Tokens whose cost is unknown
	Debt     Debts
}

// Debts are the debts of one account by cause.
type Debts struct{ Overrun, Recorded, Lowered, Soft Amount }

// Of returns the debt of cause c, to read or to change.
func (d *Debts) Of(c Cause) *Amount {
	switch c {
	case CauseOverrun:
		return &d.Overrun
	case CauseRecorded:
		return &d.Recorded
	case CauseLowered:
		return &d.Lowered
	case CauseSoft:
		return &d.Soft
	}
	panic("budget: unknown cause of debt " + string(c))
}

// Total is the sum over all causes.
func (d Debts) Total() Amount {
	return d.Overrun.Add(d.Recorded).Add(d.Lowered).Add(d.Soft)
}

// Apply adds what e does to the account of scope s, which is one of e.Scopes. Totals are the fold of
// Apply over the entries: a ledger that stores them must agree with it to the token.
func (c *Counters) Apply(e Entry, s Scope) {
	switch e.Op {
	case OpReserve:
		c.Held = c.Held.Add(e.Hold)
	case OpRelease:
		c.Held = c.Held.Sub(e.Hold)
	case OpSettle, OpRecord, OpAdjust:
		c.Held = c.Held.Sub(e.Hold)
		c.Settled = c.Settled.Add(e.Used)
		c.Overrun = c.Overrun.Add(e.Overrun)
		if e.Assumed {
			c.Assumed = c.Assumed.Add(e.Used)
		}
		if e.Unpriced {
			c.Unpriced += e.Used.Tokens
		}
	}
	for _, d := range e.Debts {
		if d.Scope == s {
			debt := c.Debt.Of(d.Cause)
			*debt = debt.Add(d.Amount)
		}
	}
}

// plus returns the sum of c and d.
func (c Counters) plus(d Counters) Counters {
	c.Settled, c.Held = c.Settled.Add(d.Settled), c.Held.Add(d.Held)
	c.Assumed, c.Overrun = c.Assumed.Add(d.Assumed), c.Overrun.Add(d.Overrun)
	c.Unpriced += d.Unpriced
	for _, cause := range []Cause{CauseOverrun, CauseRecorded, CauseLowered, CauseSoft} {
		debt := c.Debt.Of(cause)
		*debt = debt.Add(*d.Debt.Of(cause))
	}
	return c
}

// Plus returns the sum of c and more. It is [ErrUncountable] where one of the sums, settled and held together and the
// debts of all causes together included, would pass 2^62 on either side of zero. Where one of c has passed it already,
// because an older program let it, only what no number can hold is: holds can be ended and attempts corrected there
// all the same.
func (c Counters) Plus(more Counters) (Counters, error) {
	sum := c.plus(more)
	if !more.Countable() || !sum.Countable() && (c.Countable() || c.wraps(more)) {
		return c, ErrUncountable
	}
	return sum, nil
}

// numbers are all that c counts.
func (c *Counters) numbers() [17]int64 {
	d := &c.Debt
	return [...]int64{
		c.Settled.Tokens, c.Held.Tokens, c.Assumed.Tokens, c.Overrun.Tokens, c.Unpriced,
		d.Overrun.Tokens, d.Recorded.Tokens, d.Lowered.Tokens, d.Soft.Tokens,
		int64(c.Settled.Cost), int64(c.Held.Cost), int64(c.Assumed.Cost), int64(c.Overrun.Cost),
		int64(d.Overrun.Cost), int64(d.Recorded.Cost), int64(d.Lowered.Cost), int64(d.Soft.Cost),
	}
}

// Countable reports whether no sum, settled and held together and the debts of all causes together included, is further
// from zero than any is counted, 2^62. The sum of two that are countable is seen not to be, if it wraps.
func (c *Counters) Countable() bool {
	for _, n := range c.numbers() {
		if n > maxSum || n < -maxSum {
			return false
		}
	}
	owed := c.Debt.Overrun.Add(c.Debt.Recorded)
	later := c.Debt.Lowered.Add(c.Debt.Soft)
	return c.Settled.Add(c.Held).Countable() && owed.Countable() && later.Countable() && owed.Add(later).Countable()
}

// wraps reports whether a sum of c and more is none.
func (c *Counters) wraps(more Counters) bool {
	added := more.numbers()
	for i, n := range c.numbers() {
		if m := added[i]; m > 0 && n+m < n || m < 0 && n+m > n {
			return true
		}
	}
	return false
}

// sound reports whether the sums can be sums of books: countable, and none below zero where only corrections
// subtract.
func (c *Counters) sound() bool {
	return c.Countable() && c.Settled == c.Settled.Max(Amount{}) && c.Held == c.Held.Max(Amount{})
}

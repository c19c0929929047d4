package budget

import (
	"fmt"
	"time"
)

// terms are what a hold was granted for and to whom it counts. They stay the same from grant to end.
type terms struct {
	manager  *Manager
	call     Call
	accounts *resolution
	price    *Price // nil if the model has none
	tier     Tier   // held for
	output   int64  // the cap granted
	granted  Amount // as reserved
}

// charge is how a hold ends: computed once, booked once. Its manager's mutex guards it.
type charge struct {
	op       Op
	at       time.Time // when it was known: a repeated write is the same entry
	outcome  Outcome   // with the usage that is charged
	used     Amount
	overrun  Amount // the part of used above what was granted
	unpriced bool
	priced   bool  // the cost of used is what a price makes of the usage
	cause    Cause // of the debt that it books
}

// settle makes c what o charges a hold of these terms.
func (c *charge) settle(t *terms, o *Outcome) {
	c.op, c.cause, c.outcome = OpSettle, CauseOverrun, *o
	if !o.possible() {
		c.disbelieve()
	}
	if o.Assumed && o.Usage.IsZero() {
		c.outcome.Unknown = BothSides
	}
	if c.outcome.Unknown != 0 {
		c.assume(t)
	}
	c.assumeFees(t)
	c.value(t)
	if c.used.Cost > MaxAttemptCost {
		c.disbelieve()
		c.assume(t)
		c.assumeFees(t)
		c.value(t)
	}
}

// record makes c what o charges without a hold.
func (c *charge) record(t *terms, o *Outcome) {
	c.settle(t, o)
	c.op, c.cause = OpRecord, CauseRecorded
}

// release makes c the charge of nothing.
func (c *charge) release(t *terms, why string) {
	c.op, c.outcome = OpRelease, Outcome{Reason: why}
	c.used, c.priced, c.unpriced = Amount{}, false, t.price == nil
}

// recover makes c what the hold that e took is charged after its owner died. What was taken is what is charged,
// whatever the prices are today.
func (c *charge) recover(t *terms, e *Entry, returned bool) {
	if returned {
		c.release(t, ReasonReturned)
		c.outcome.Assumed = true
	} else {
		c.settle(t, &Outcome{Assumed: true, Reason: ReasonRecovered})
		c.used, c.priced = e.Hold, false
	}
	c.unpriced = e.Unpriced
}

// disbelieve makes the outcome one of which nothing is known that can be.
func (c *charge) disbelieve() {
	o := &c.outcome
	o.Usage, o.Unknown, o.Reason = Usage{}, BothSides, "the usage reported is not possible"
	if !o.billable() {
		o.Billed, o.LeastCost = nil, 0
	}
}

// possible reports whether an attempt can have ended so.
func (o *Outcome) possible() bool { return o.Usage.Possible() && o.billable() }

// billable reports whether an attempt can have cost what the provider says, if it says anything.
func (o *Outcome) billable() bool {
	return (o.Billed == nil || *o.Billed >= 0 && *o.Billed <= MaxAttemptCost) && o.LeastCost >= 0 && o.LeastCost <= MaxAttemptCost
}

// assume puts the hold's share in place of what the outcome does not know.
func (c *charge) assume(t *terms) {
	o := &c.outcome
	o.Assumed = true
	whole := t.whole(min(o.Delivered, MaxAttemptTokens/2))
	o.Usage.take(o.Unknown, &whole)
}

// whole is the usage that a hold of these terms stands for, with at least so much output. A hold that comes from the
// books may be smaller than its output cap: then all of it is output.
func (t *terms) whole(delivered int64) Usage {
	output := max(min(t.output, t.granted.Tokens), delivered)
	if t.price != nil {
		return t.price.worst(t.call.Input, output, t.call.CacheWrite)
	}
	return Usage{Input: t.call.Input, Output: output}
}

// cut takes from the charge what would take a sum past the most that is counted, and says so in it: a counter must
// neither wrap nor differ from its entries. It reports whether anything was cut.
func (c *charge) cut(t *terms) bool {
	room := Amount{maxSum, maxSum}
	for _, a := range t.accounts.each() {
		room = room.Min(Amount{maxSum, maxSum}.Sub(a.spent()))
		if a.limited() {
			room = room.Min(Amount{maxSum, maxSum}.Sub(a.Debt.Total()))
		}
	}
	if room.Max(c.overrun) == room {
		return false
	}
	over := c.overrun.Sub(room).Max(Amount{})
	c.overrun, c.used, c.priced = c.overrun.Sub(over), c.used.Sub(over), false
	c.outcome.Usage.less(over.Tokens)
	c.outcome.Usage.Fees = min(c.outcome.Usage.Fees, c.used.Cost)
	c.outcome.Assumed, c.outcome.Reason = true, fmt.Sprintf("cut by %v: the sums can count no more", over)
	return true
}

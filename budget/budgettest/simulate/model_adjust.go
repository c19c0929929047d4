package simulate

import (
	"cmp"
	"maps"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Corrections of what the books have.

// attempt is what the books should have of a call.
type attempt struct {
	call      *call
	record    bool       // it had no hold
	twice     bool       // a record and a hold have its id
	standings []standing // by its end and by each correction; none while it is open
}

// standing is what an attempt is charged, and what it owes for that.
type standing struct {
	charge
	owing map[budget.Account]budget.Debts
}

// correction is one on its way into the books.
type correction struct {
	attempt *attempt
	base    int // the number of standings that it knows of
	reason  string
	was, is standing
	more    budget.Amount                       // what it charges more: counted as held until it is booked
	lessens map[budget.Account]budget.Debts     // what it takes back of what was owed
	excess  map[budget.Account]budget.Amount    // what more puts above limits
	present map[budget.Account]*budget.Counters // those that the manager has
	booked  bool
}

// causes are those that an attempt can owe for, in the order in which they come into the books.
var causes = []budget.Cause{budget.CauseSoft, budget.CauseOverrun, budget.CauseRecorded}

// attemptOf finds what the books have under an id.
func (m *model) attemptOf(id string) *attempt {
	for _, a := range m.attempts {
		if a.call.id == id {
			return a
		}
	}
	return nil
}

// bookAttempt notes that the books have c, and how it ended once it has.
func (m *model) bookAttempt(c *call) {
	record := c.charge != nil && c.charge.cause == budget.CauseRecorded
	a := m.attemptOf(c.id)
	if a == nil {
		a = &attempt{call: c, record: record}
		m.attempts = append(m.attempts, a)
	}
	if a.record != record {
		a.twice = true
	}
	if a.twice || !c.booked {
		return
	}
	s := standing{charge: *c.charge, owing: make(map[budget.Account]budget.Debts)}
	if record {
		s.overrun = budget.Amount{}
	}
	if s.release {
		s.unpriced = c.unpriced
	}
	for _, account := range c.accounts {
		debts := budget.Debts{Soft: c.soft[account].Sub(c.charge.returned[account])}
		*debts.Of(c.charge.cause) = c.charge.debts[account]
		s.owing[account] = debts
	}
	a.standings = append(a.standings, s)
}

// correct is the correction that is asked for, or why it is refused.
func (m *model) correct(d *demand) (k *correction, refused string) {
	a, o := d.attempt, d.outcome
	switch {
	case d.wrong != "":
		return nil, d.wrong
	case d.base == 0:
		return nil, stillOpen
	case strings.TrimSpace(o.Reason) == "":
		return nil, noReason
	case !possible(o):
		return nil, notPossible
	case m.stopped:
		return nil, string(closed)
	}
	k = &correction{attempt: a, base: d.base, reason: o.Reason, was: a.standings[d.base-1]}
	k.is = standing{charge: m.stated(a.call, k.was.charge, o), owing: maps.Clone(k.was.owing)}
	if !a.record {
		k.is.overrun = k.is.used.Sub(a.call.held).Max(budget.Amount{})
	}
	if k.was.used == k.is.used && k.was.usage == k.is.usage && k.was.unpriced == k.is.unpriced && !k.was.assumed {
		return nil, nothingNew
	}
	if k.is.used.Cost > 1e15 {
		return nil, tooDear
	}
	if !m.canCorrect(k) {
		return nil, string(noCount)
	}
	k.lessen()
	return k, ""
}

// stated is the charge that somebody states, whose word is taken: at the tier and of the model that stood, unless they
// say otherwise.
func (m *model) stated(c *call, was charge, o budget.Outcome) charge {
	is := charge{usage: o.Usage, served: cmp.Or(o.Served, was.served), tier: or(o.Tier, was.tier)}
	is.used.Tokens = tokens(o.Usage)
	price, priced := m.priceServed(c, is.served)
	switch {
	case o.Billed != nil:
		is.used.Cost, is.usage.Fees = *o.Billed, min(o.Usage.Fees, *o.Billed)
	case priced:
		is.used.Cost, _ = cost(price, o.Usage, is.tier)
		is.version = priceVersion
	default:
		is.unpriced = true
	}
	return is
}

// canCorrect reports whether the sums can count the correction, those of accounts that only the books have, too.
func (m *model) canCorrect(k *correction) bool {
	raise := k.is.used.Sub(k.was.used)
	for _, a := range k.attempt.call.accounts {
		c, limited := m.books[a], false
		if m.present[a] != nil {
			c, limited = m.present[a], !m.limits.Of(a.Scope).Unlimited()
		}
		spent, owed := c.Settled.Add(c.Held), c.Debt.Total()
		if limited {
			owed = owed.Add(raise.Max(budget.Amount{}))
		}
		most := budget.Amount{Tokens: maxSum, Cost: maxSum}
		if spent = spent.Add(raise); spent.Max(most) != most || owed.Max(most) != most {
			return false
		}
	}
	return true
}

// lessen takes back what the attempt owed, the oldest cause first, as far as it is charged less.
func (k *correction) lessen() {
	less := k.was.used.Sub(k.is.used).Max(budget.Amount{})
	k.lessens = make(map[budget.Account]budget.Debts)
	for account, owed := range k.is.owing {
		rest, back := less, budget.Debts{}
		for _, cause := range causes {
			debt := owed.Of(cause)
			by := debt.Min(rest)
			rest, *debt, *back.Of(cause) = rest.Sub(by), debt.Sub(by), by
		}
		k.is.owing[account], k.lessens[account] = owed, back
	}
}

// begin counts at once what the correction charges more, where the manager has the account: in a period that is
// over and in another run no limit is in force.
func (m *model) begin(k *correction) {
	k.more = k.is.used.Sub(k.was.used).Max(budget.Amount{})
	k.present, k.excess = make(map[budget.Account]*budget.Counters), make(map[budget.Account]budget.Amount)
	for _, a := range k.attempt.call.accounts {
		if counters := m.present[a]; counters != nil {
			k.present[a], k.excess[a] = counters, m.take(a, k.more, budget.CauseRecorded)
		}
		owed := k.is.owing[a]
		owed.Recorded = owed.Recorded.Add(k.excess[a])
		k.is.owing[a] = owed
	}
}

// conclude is the end of a correction, which is in the books or is nowhere.
func (m *model) conclude(k *correction, booked bool) []answer {
	for a, counters := range k.present {
		counters.Held = counters.Held.Sub(k.more)
		owe(counters, budget.CauseRecorded, budget.Amount{}.Sub(k.excess[a]))
		if booked {
			k.apply(counters, a)
		}
	}
	return m.serve()
}

// bookCorrection books the correction, unless another came before it.
func (m *model) bookCorrection(k *correction) {
	if len(k.attempt.standings) != k.base {
		return
	}
	k.booked = true
	k.attempt.standings = append(k.attempt.standings, k.is)
	for _, a := range k.attempt.call.accounts {
		k.apply(of(m.books, a), a)
	}
}

// apply makes the counters of a say what the attempt is charged now.
func (k *correction) apply(c *budget.Counters, a budget.Account) {
	c.Settled = c.Settled.Add(k.is.used).Sub(k.was.used)
	c.Overrun = c.Overrun.Add(k.is.overrun).Sub(k.was.overrun)
	if k.was.assumed {
		c.Assumed = c.Assumed.Sub(k.was.used)
	}
	if k.was.unpriced {
		c.Unpriced -= k.was.used.Tokens
	}
	if k.is.unpriced {
		c.Unpriced += k.is.used.Tokens
	}
	for _, cause := range causes {
		now, before := k.is.owing[a], k.was.owing[a]
		owe(c, cause, now.Of(cause).Sub(*before.Of(cause)))
	}
}

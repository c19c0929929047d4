package simulate

import (
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// take raises what an account holds and books what that puts above its limit as debt of cause.
func (m *model) take(a budget.Account, by budget.Amount, cause budget.Cause) budget.Amount {
	c, limit := of(m.present, a), m.limits.Of(a.Scope)
	before := above(limit, c.Settled.Add(c.Held))
	c.Held = c.Held.Add(by)
	debt := above(limit, c.Settled.Add(c.Held)).Sub(before)
	owe(c, cause, debt)
	return debt
}

func owe(c *budget.Counters, cause budget.Cause, by budget.Amount) {
	debt := c.Debt.Of(cause)
	*debt = debt.Add(by)
}

func (m *model) grant(c *call, output int64) {
	_, priced := m.priceOf(c.model)
	c.output, c.held, c.tierHeld, c.unpriced = output, m.want(c, output), m.heldFor(c), !priced
	c.soft = make(map[budget.Account]budget.Amount)
	for _, a := range c.accounts {
		c.soft[a] = m.take(a, c.held, budget.CauseSoft)
	}
}

// giveBack undoes a grant that never came into the books.
func (m *model) giveBack(c *call) []answer {
	c.ended = true
	for _, a := range c.accounts {
		counters := of(m.present, a)
		counters.Held = counters.Held.Sub(c.held)
		owe(counters, budget.CauseSoft, budget.Amount{}.Sub(c.soft[a]))
	}
	return m.serve()
}

// decide fixes how a call ends; the first word counts. What exceeds the hold counts at once; what cannot be counted ends
// admission.
func (m *model) decide(c *call, ch *charge) (answers []answer) {
	c.ending = true
	if c.charge != nil {
		return nil
	}
	c.charge = ch
	if ch.learn != nil {
		ch.learn()
	}
	ch.overrun = ch.used.Sub(c.held).Max(budget.Amount{})
	if m.cut(c, ch) {
		answers = m.stop(true)
	}
	unused := c.held.Sub(ch.used).Max(budget.Amount{})
	ch.debts, ch.returned = make(map[budget.Account]budget.Amount), make(map[budget.Account]budget.Amount)
	for _, a := range c.accounts {
		ch.debts[a] = m.take(a, ch.overrun, ch.cause)
		ch.returned[a] = c.soft[a].Min(unused)
	}
	return answers
}

// finish is the end of a call that is in the books.
func (m *model) finish(c *call) []answer {
	c.ended = true
	for _, a := range c.accounts {
		counters := m.known(a)
		counters.Held = counters.Held.Sub(c.held).Sub(c.charge.overrun)
		c.use(counters)
		owe(counters, budget.CauseSoft, budget.Amount{}.Sub(c.charge.returned[a]))
	}
	return m.serve()
}

// known returns the counters of an account. Those of a period that ended while nothing was held are gone.
func (m *model) known(a budget.Account) *budget.Counters {
	if m.present[a] == nil && a.Period != 0 && a.Period != m.period {
		return new(budget.Counters)
	}
	return of(m.present, a)
}

// use adds what the call was charged to the settled counters.
func (c *call) use(counters *budget.Counters) {
	ch := c.charge
	if ch.release {
		return
	}
	counters.Settled = counters.Settled.Add(ch.used)
	if ch.cause == budget.CauseOverrun {
		counters.Overrun = counters.Overrun.Add(ch.overrun)
	}
	if ch.assumed {
		counters.Assumed = counters.Assumed.Add(ch.used)
	}
	if ch.unpriced {
		counters.Unpriced += ch.used.Tokens
	}
}

// forget undoes a record that could not be written.
func (m *model) forget(c *call) []answer {
	for _, a := range c.accounts {
		counters := m.known(a)
		counters.Held = counters.Held.Sub(c.charge.overrun)
		owe(counters, c.charge.cause, budget.Amount{}.Sub(c.charge.debts[a]))
	}
	return m.serve()
}

func released(c *call) *charge {
	return &charge{release: true, cause: budget.CauseOverrun, tier: c.tierHeld}
}

// reset begins the period that was booked.
func (m *model) reset(id int64, start time.Time) []answer {
	m.period, m.started = id, start
	for a, c := range m.present {
		if a.Period != 0 && a.Period != id && c.Held.IsZero() {
			delete(m.present, a)
		}
	}
	if m.full {
		m.stopped, m.full = false, false
	}
	return m.serve()
}

// lowered puts into debt what stands above new limits of the scope s that are lower than the old ones.
func (m *model) lowered(old budget.Limits) map[budget.Account]budget.Amount {
	debts := make(map[budget.Account]budget.Amount)
	for a, c := range m.present {
		spent := c.Settled.Add(c.Held)
		debt := above(m.limits.Of(a.Scope), spent).Sub(above(old.Of(a.Scope), spent)).Max(budget.Amount{})
		if !debt.IsZero() {
			owe(c, budget.CauseLowered, debt)
			debts[a] = debt
		}
	}
	return debts
}

// limit puts a limit in force and returns what it puts into debt.
func (m *model) limit(s budget.Scope, l budget.Limit) map[budget.Account]budget.Amount {
	old := m.limits
	m.limits = make(budget.Limits)
	for scope, limit := range old {
		m.limits[scope] = limit
	}
	m.limits[s] = l
	return m.lowered(old)
}

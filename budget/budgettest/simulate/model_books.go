package simulate

import (
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What the ledger should hold.

func (m *model) bookReserve(c *call) {
	for _, a := range c.accounts {
		counters := of(m.books, a)
		counters.Held = counters.Held.Add(c.held)
		owe(counters, budget.CauseSoft, c.soft[a])
	}
	m.bookOpen = append(m.bookOpen, c)
	m.bookAttempt(c)
}

// bookEnd books the end of a hold or, of a call that held nothing, a record.
func (m *model) bookEnd(c *call) {
	if c.booked { // written before, though nobody was told
		return
	}
	c.booked = true
	m.bookAttempt(c)
	for _, a := range c.accounts {
		counters := of(m.books, a)
		counters.Held = counters.Held.Sub(c.held)
		c.use(counters)
		owe(counters, c.charge.cause, c.charge.debts[a])
		owe(counters, budget.CauseSoft, budget.Amount{}.Sub(c.charge.returned[a]))
	}
	m.bookOpen = slices.DeleteFunc(m.bookOpen, func(o *call) bool { return o == c })
}

func (m *model) bookReset(id int64, start time.Time) { m.bookPeriod, m.bookStart = id, start }

func (m *model) bookDebts(debts map[budget.Account]budget.Amount) {
	for a, debt := range debts {
		owe(of(m.books, a), budget.CauseLowered, debt)
	}
}

// opening says how a manager is opened on the books.
type opening struct {
	limits    budget.Limits
	run       string
	release   bool // open holds return instead of being charged
	newPeriod bool
	now       time.Time
	daily     bool
}

// reopen is what a new owner makes of the books. Each write that it takes asks land whether it came into
// the books; at the first that fails reopen gives up.
func (m *model) reopen(o opening, land func() (landed, failed bool)) bool {
	m.limits, m.stopped, m.full, m.waiting, m.learnt = o.limits, false, false, nil, nil
	m.blocked = make(map[budget.Account]bool)
	m.period, m.started = m.bookPeriod, m.bookStart
	m.present = make(map[budget.Account]*budget.Counters)
	for a, c := range m.books {
		if a.Run == o.run && a.Period == 0 || a.Period != 0 && a.Period == m.period {
			*of(m.present, a) = *c
		}
	}
	return m.resolveOpen(o, land) && m.openPeriod(o, land) && m.openLimits(o, land)
}

func (m *model) resolveOpen(o opening, land func() (landed, failed bool)) bool {
	if len(m.bookOpen) == 0 {
		return true
	}
	landed, failed := land()
	for _, c := range slices.Clone(m.bookOpen) {
		end := *c // how its owner had meant to end it died with it
		end.charge = released(c)
		end.charge.assumed = true
		if !o.release {
			end.charge = &charge{
				cause: budget.CauseOverrun, used: c.held, assumed: true, unpriced: c.unpriced, tier: c.tierHeld,
				usage: budget.Usage{Input: c.held.Tokens - c.output, Output: c.output},
			}
		}
		end.charge.returned = make(map[budget.Account]budget.Amount)
		for _, a := range c.accounts {
			end.charge.returned[a] = c.soft[a].Min(c.held.Sub(end.charge.used))
		}
		if landed {
			m.bookEnd(&end)
			m.bookOpen = slices.DeleteFunc(m.bookOpen, func(b *call) bool { return b == c })
		}
		if failed {
			continue
		}
		for _, a := range c.accounts {
			if counters := m.present[a]; counters != nil {
				counters.Held = counters.Held.Sub(c.held)
				end.use(counters)
				owe(counters, budget.CauseSoft, budget.Amount{}.Sub(end.charge.returned[a]))
			}
		}
	}
	return !failed
}

func (m *model) openPeriod(o opening, land func() (landed, failed bool)) bool {
	if m.period != 0 && !o.newPeriod && !(o.daily && !o.now.Before(m.periodEnd())) {
		return true
	}
	landed, failed := land()
	if landed {
		m.bookReset(m.period+1, o.now)
	}
	if !failed {
		m.reset(m.period+1, o.now)
	}
	return !failed
}

// openLimits books what stands above the limits that the new owner brings.
func (m *model) openLimits(_ opening, land func() (landed, failed bool)) bool {
	debts := make(map[budget.Account]budget.Amount)
	for a, c := range m.present {
		debt := above(m.limits.Of(a.Scope), c.Settled.Add(c.Held)).Sub(c.Debt.Total()).Max(budget.Amount{})
		if !debt.IsZero() {
			debts[a] = debt
			owe(c, budget.CauseLowered, debt)
		}
	}
	if len(debts) == 0 {
		return true
	}
	landed, failed := land()
	if landed {
		m.bookDebts(debts)
	}
	return !failed
}

// periodEnd is when the calendar, whose periods are days in UTC, ends the current period.
func (m *model) periodEnd() time.Time { return m.started.Truncate(24 * time.Hour).Add(24 * time.Hour) }

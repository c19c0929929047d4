package simulate

import (
	"github.com/orchestrate-go/orchestrate/budget"
)

// Those who wait.

// behind reports whether somebody who came earlier was short of what the call shares.
func (m *model) behind(c *call) bool {
	for _, a := range c.accounts {
		if m.blocked[a] && len(m.waiting) > 0 {
			return true
		}
	}
	return false
}

// block notes what a waiter keeps from those behind it: the scopes that it is short of. Where it found room
// once and lost it while it was short of another, it keeps from now on all that it was ever short of, but
// for total and run, which nobody can fill behind the back of one who waits for them.
func (m *model) block(c *call) {
	want := m.want(c, c.least())
	for _, a := range c.accounts {
		lacks := m.lacks(a, want)
		switch {
		case lacks && c.found[a.Scope]:
			c.starved = true
		case !lacks && c.short[a.Scope]:
			c.found[a.Scope] = true
		}
		c.short[a.Scope] = lacks
	}
	for _, a := range c.accounts {
		keeps := c.starved && c.found[a.Scope] && a.Scope.Kind != budget.KindTotal && a.Scope.Kind != budget.KindRun
		if c.short[a.Scope] || keeps {
			m.blocked[a] = true
		}
	}
}

// answer is what becomes of one who waited.
type answer struct {
	call    *call
	verdict verdict
}

// serve looks at those who wait, in order of arrival, whenever something may have changed for them.
func (m *model) serve() (answers []answer) {
	m.blocked = make(map[budget.Account]bool)
	queue := m.waiting
	m.waiting = nil
	for i, c := range queue {
		c.accounts = m.accountsOf(c)
		if m.blocked[c.accounts[0]] { // everyone shares the total: nobody behind is looked at
			m.waiting = append(m.waiting, queue[i:]...)
			break
		}
		m.waiting = append(m.waiting, c) // for behind
		output, fits := m.fit(c)
		switch {
		case fits && !m.behind(c) && !m.countable(c): // who came before has taken what was left to count
			answers = append(answers, answer{c, noCount})
		case fits && !m.behind(c):
			m.grant(c, output)
			answers = append(answers, answer{c, granted})
		case m.hopeless(c):
			answers = append(answers, answer{c, exceededEver})
		default:
			m.block(c)
			continue
		}
		m.waiting = m.waiting[:len(m.waiting)-1]
	}
	return answers
}

// leave takes a waiter out of the line.
func (m *model) leave(c *call) []answer {
	for i, w := range m.waiting {
		if w == c {
			m.waiting = append(m.waiting[:i:i], m.waiting[i+1:]...)
			break
		}
	}
	return m.serve()
}

// stop ends admission after a failed write or, if full, because the sums can count no more.
func (m *model) stop(full bool) (answers []answer) {
	m.full = full && (m.full || !m.stopped)
	m.stopped = true
	for _, c := range m.waiting {
		answers = append(answers, answer{c, closed})
	}
	m.waiting = nil
	return answers
}

// unfit refuses those who wait and could not be admitted under the limits that are in force now.
func (m *model) unfit() (answers []answer) {
	var left []*call
	for _, c := range m.waiting {
		if v := m.inadmissible(c); v != granted {
			answers = append(answers, answer{c, v})
		} else {
			left = append(left, c)
		}
	}
	m.waiting = left
	return answers
}

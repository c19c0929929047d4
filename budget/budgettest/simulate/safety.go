package simulate

import (
	"fmt"
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
)

// safety is the promise, held against the entries as they are written: whatever instant a crash cuts out,
// in every account 0 <= held and settled + held <= limit + debt. It folds the entries itself and takes
// limits from them; the model has no part in it.
type safety struct {
	limits  budget.Limits
	totals  map[budget.Account]budget.Counters
	touched map[budget.Account]bool
	history map[budget.Account]budget.Limit // of accounts whose period or run is over: the highest limit since
	period  int64
	run     string
	known   map[string]bool // ids and ops; a repeat adds nothing
	problem error
}

func newSafety() *safety {
	return &safety{
		totals: make(map[budget.Account]budget.Counters), touched: make(map[budget.Account]bool),
		history: make(map[budget.Account]budget.Limit), known: make(map[string]bool),
	}
}

// opened tells that a manager with these limits has begun its work.
func (s *safety) opened(limits budget.Limits, period int64, run string) {
	s.retire(period, run)
	s.limits = maps.Clone(limits)
	s.checkAll()
}

// retire makes history of the accounts that period and run do not have.
func (s *safety) retire(period int64, run string) {
	s.period, s.run = period, run
	for a := range s.totals {
		_, old := s.history[a]
		if s.live(a) {
			delete(s.history, a)
		} else if !old {
			s.history[a] = s.limits.Of(a.Scope)
		}
	}
}

func (s *safety) live(a budget.Account) bool {
	return a.Period == s.period && a.Period != 0 || a.Period == 0 && a.Run == s.run
}

// wrote is one append that came into the books.
func (s *safety) wrote(entries []budget.Entry) {
	for _, e := range entries {
		if s.known[e.ID+string(e.Op)] {
			continue
		}
		s.known[e.ID+string(e.Op)] = true
		if sum := e.Usage.Tokens(); sum != e.Used.Tokens {
			s.fail(fmt.Errorf("the %s of %s charges %d tokens, its buckets are %d", e.Op, e.ID, e.Used.Tokens, sum))
		}
		for _, scope := range e.Scopes {
			a := fold(e.Account(scope))
			c := s.totals[a]
			c.Apply(e, scope)
			s.totals[a], s.touched[a] = c, true
			if c.Held.Tokens < 0 || c.Held.Cost < 0 {
				s.fail(fmt.Errorf("the books: %v holds %v after the %s of %s", a, c.Held, e.Op, e.ID))
			}
			if _, old := s.history[a]; !old && !s.live(a) {
				s.history[a] = s.limits.Of(scope)
			}
		}
		switch {
		case e.Op == budget.OpLimit && len(e.Debts) == 0:
			s.change(e.Scopes[0], e.Limit)
		case e.Op == budget.OpReset:
			s.retire(e.Period, s.run)
		}
	}
	s.correct(entries)
	for _, e := range entries {
		for _, scope := range e.Scopes {
			s.check(fold(e.Account(scope)), e)
		}
		if e.Op == budget.OpLimit {
			s.checkAll()
		}
	}
}

func (s *safety) change(scope budget.Scope, l budget.Limit) {
	if s.limits == nil {
		s.limits = make(budget.Limits)
	}
	s.limits[scope] = l
	for a, old := range s.history {
		s.history[a] = wider(old, s.limits.Of(a.Scope))
	}
}

func wider(a, b budget.Limit) budget.Limit {
	if a.Tokens == nil || b.Tokens != nil && *b.Tokens < *a.Tokens {
		b.Tokens = a.Tokens
	}
	if a.Cost == nil || b.Cost != nil && *b.Cost < *a.Cost {
		b.Cost = a.Cost
	}
	return b
}

// correct allows for corrections of what is over: no limit is in force there, so what they charge more is no
// debt.
func (s *safety) correct(entries []budget.Entry) {
	more := make(map[budget.Account]budget.Amount)
	for _, e := range entries {
		for _, scope := range e.Scopes {
			if e.Op == budget.OpAdjust {
				a := fold(e.Account(scope))
				more[a] = more[a].Add(e.Used)
			}
		}
	}
	for a, more := range more {
		if l, old := s.history[a]; old {
			s.history[a] = raised(l, more.Max(budget.Amount{}))
		}
	}
}

func raised(l budget.Limit, by budget.Amount) budget.Limit {
	if l.Tokens != nil {
		l.Tokens = new(*l.Tokens + by.Tokens)
	}
	if l.Cost != nil {
		l.Cost = new(*l.Cost + by.Cost)
	}
	return l
}

func (s *safety) check(a budget.Account, e budget.Entry) {
	limit, old := s.history[a]
	if !old {
		limit = s.limits.Of(a.Scope)
	}
	if err := promise(a, s.totals[a], limit); err != nil {
		s.fail(fmt.Errorf("the books after the %s of %s: %w", e.Op, e.ID, err))
	}
}

func (s *safety) checkAll() {
	for a := range s.totals {
		s.check(a, budget.Entry{})
	}
}

func (s *safety) fail(err error) {
	if s.problem == nil {
		s.problem = err
	}
}

// promise is the bound itself.
func promise(a budget.Account, c budget.Counters, l budget.Limit) error {
	if c.Settled != c.Settled.Max(budget.Amount{}) { // a manager's corrections take back no more than stands
		return fmt.Errorf("%v has settled %v", a, c.Settled)
	}
	if err := (budget.Status{Scope: a.Scope, Run: a.Run, Limit: l, Counters: c}).Sound(); err != nil {
		return fmt.Errorf("%v: %w", a, err)
	}
	return nil
}

// grant checks that what was just granted in strict mode added to no amount that stands above the limit in force.
func (s *safety) grant(report budget.Standing, c *call) error {
	for _, a := range c.accounts {
		for _, status := range report.Scopes {
			if accountOf(status, report.Period) != a {
				continue
			}
			over := above(status.Limit, status.Settled.Add(status.Held))
			if c.held.Tokens > 0 && over.Tokens > 0 || c.held.Cost > 0 && over.Cost > 0 {
				return fmt.Errorf("%v is %v above its limit, and %v were added", a, over, c.held)
			}
		}
	}
	return nil
}

// same holds the manager's counters against the books, when both should say the same.
func (s *safety) same(report budget.Standing) error {
	for _, status := range report.Scopes {
		a := accountOf(status, report.Period)
		if c := s.totals[a]; c != status.Counters {
			return fmt.Errorf("%v: the manager has %+v, its books %+v", a, status.Counters, c)
		}
	}
	return nil
}

// compare holds the books against those of the model, where they have changed.
func (s *safety) compare(want map[budget.Account]*budget.Counters) error {
	for a := range s.touched {
		var c budget.Counters
		if want[a] != nil {
			c = *want[a]
		}
		if s.totals[a] != c {
			return fmt.Errorf("%v: the books have %+v, want %+v", a, s.totals[a], c)
		}
	}
	clear(s.touched)
	return nil
}

package sqlite

import (
	"fmt"
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
)

// sums are what the entries of one transaction add to the tables that sum entries up. They are written
// once, at its end: most entries of a transaction are charged to the same accounts.
type sums struct {
	totals map[budget.Account]budget.Counters
	spans  map[span]reach
	last   string // the last entry that moves a total
	err    error  // the sums of the transaction alone are more than can be counted
}

func newSums() sums {
	return sums{totals: make(map[budget.Account]budget.Counters), spans: make(map[span]reach)}
}

func (s *sums) clone() sums {
	return sums{maps.Clone(s.totals), maps.Clone(s.spans), s.last, s.err}
}

// add takes account of l, unless it was there before.
func (s *sums) add(l line) {
	if l.seq == 0 {
		return
	}
	if !l.Used.IsZero() || !l.Hold.IsZero() || len(l.Debts) > 0 {
		s.last = fmt.Sprintf("%s entry %s", l.Op, l.ID)
	}
	for _, scope := range l.Scopes {
		account := l.Account(scope)
		sum, err := s.totals[account].Plus(delta(l.Entry, scope))
		if err != nil && s.err == nil {
			s.err = s.uncountable(account)
		}
		s.totals[account] = sum
	}
	of := spanOf(l.Entry)
	s.spans[of] = s.spans[of].with(l.seq)
}

// delta is what e adds to the account of one of its scopes.
func delta(e budget.Entry, scope budget.Scope) (c budget.Counters) {
	c.Apply(e, scope)
	return c
}

// uncountable is the refusal of what would take a sum of the account past the most that is counted.
func (s *sums) uncountable(a budget.Account) error {
	remedy := "begin a new period"
	if a.Period == 0 {
		remedy = "begin another run"
	}
	return &refusal{fmt.Errorf("%w: %s beside what the books have of %v (%s)", budget.ErrUncountable, s.last, a, remedy)}
}

// writeSums writes what the transaction's entries come to. It is a refusal where that is more than can be counted.
func (w *writer) writeSums() error {
	if w.sums.err != nil {
		return w.sums.err
	}
	for account, c := range w.sums.totals {
		if err := w.addTotals(account, c); err != nil {
			return err
		}
	}
	for s, r := range w.sums.spans {
		if err := w.exec(w.stmts.addSpan, s.run, s.period, s.day, r.first, r.last); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) addTotals(account budget.Account, more budget.Counters) error {
	values := totalValues(account, more)
	const named = 1<<4 - 1 // the columns that name one are always bound
	say := saying(values) | named
	result, err := w.stmts.addTotals.exec(background, say, values)
	if err != nil || say == named { // nothing moves
		return err
	}
	if n, err := result.RowsAffected(); n > 0 || err != nil {
		return err
	}
	stored, err := storedTotal(w.conn, account)
	if err != nil {
		return err
	}
	sum, err := stored.Plus(more)
	if err != nil {
		return w.sums.uncountable(account)
	}
	return w.exec(w.stmts.putTotals, totalValues(account, sum)...)
}

// storedTotal returns the counters of an account: none if it has no row.
func storedTotal(q queryer, a budget.Account) (c budget.Counters, err error) {
	for t, err := range query(background, q, scanTotal, selectTotal, a.Period, a.Run, string(a.Scope.Kind), a.Scope.Name) {
		if err != nil {
			return c, err
		}
		c = t.Counters
	}
	return c, nil
}

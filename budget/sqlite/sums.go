package sqlite

import (
	"maps"

	"github.com/orchestrate-go/orchestrate/budget"
)

// sums are what the entries of one transaction add to the tables that sum entries up. They are written
// once, at its end: most entries of a transaction are charged to the same accounts.
type sums struct {
	totals map[budget.Account]budget.Counters
	spans  map[span]reach
}

func newSums() sums {
	return sums{make(map[budget.Account]budget.Counters), make(map[span]reach)}
}

func (s sums) clone() sums { return sums{maps.Clone(s.totals), maps.Clone(s.spans)} }

// add takes account of l, unless it was there before.
func (s sums) add(l line) {
	if l.seq == 0 {
		return
	}
	for _, scope := range l.Scopes {
		account := l.Account(scope)
		c := s.totals[account]
		c.Apply(l.Entry, scope)
		s.totals[account] = c
	}
	of := spanOf(l.Entry)
	s.spans[of] = s.spans[of].with(l.seq)
}

// writeSums writes what the transaction's entries come to.
func (w *writer) writeSums() error {
	for account, c := range w.sums.totals {
		if err := w.exec(w.stmts.addTotals, totalValues(account, c)...); err != nil {
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

package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Correction is what an attempt was really charged. Either Tokens is known, of which the input is as it was counted and
// the rest output, or Usage.
type Correction struct {
	Attempt string // its id in the books
	Tokens  *int64
	Usage   budget.Usage
	Cost    *budget.NanoUSD // nil leaves it to the prices
	Reason  string          // how that is known
}

// Adjustment is a correction in the books: what stood is taken back, what is right charged.
type Adjustment struct {
	Attempt    string
	Undo, Redo budget.Entry
	Account    string        // that changed: "total", or an earlier period's
	Total      budget.Status // what stands on it now
}

// Adjust books a correction. It opens no period and resolves no holds.
func (p *Project) Adjust(ctx context.Context, c Correction) (a Adjustment, err error) {
	store, err := p.ownBooks(ctx, "the books cannot be corrected")
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	of, err := store.Attempt(ctx, c.Attempt)
	if err != nil {
		return a, err
	}
	if len(of) == 0 {
		return a, usagef("there is no attempt %s in %s (orchestrate budget status lists what can be confirmed)", c.Attempt, p.LedgerPath())
	}
	m, err := books.Correct(ctx, store, p.quiet(nil, of[0].Run()))
	if err != nil {
		return a, err
	}
	booked, err := m.Adjust(ctx, of, c.outcome(of[0]))
	if err != nil {
		return a, usage(err)
	}
	a = Adjustment{Attempt: c.Attempt, Undo: booked[0], Redo: booked[1], Account: "total", Total: m.Total()}
	if period := a.Redo.Period; period != m.Period().ID { // the present total has not changed
		total := budget.Account{Period: period, Scope: budget.Total}
		totals, err := store.Totals(ctx, total)
		if err != nil {
			return a, err
		}
		a.Account, a.Total = fmt.Sprintf("period %d", period), budget.Status{Counters: totals[total]}
	}
	return a, nil
}

// outcome is the correction of an attempt that the books reserved or recorded as first.
func (c Correction) outcome(first budget.Entry) budget.Outcome {
	o := budget.Outcome{Usage: c.Usage, Billed: c.Cost, Reason: c.Reason}
	if c.Tokens != nil {
		o.Usage.Input = min(*c.Tokens, cmp.Or(first.Counted, first.Usage.InputTokens()))
		o.Usage.Output = *c.Tokens - o.Usage.Input
	}
	return o
}

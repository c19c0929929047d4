package main

import (
	"context"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// ownPeriod makes opening that of a run with a period of its own, if period = "run": a run begins one, unless the
// newest is its own, and is left what its limits are above what it spent in earlier ones. A run of which the books
// know nothing has the whole.
func (p *project) ownPeriod(ctx context.Context, store *sqlite.Ledger, run string, opening *budget.Config) error {
	if p.config.Budget.Period != config.PeriodRun {
		return nil
	}
	state, err := store.Load(ctx)
	if err != nil {
		return err
	}
	opening.NewPeriod = true
	spent := make(map[budget.Scope]budget.Amount) // in earlier periods
	add := func(e budget.Entry, amount budget.Amount) {
		if e.Period == state.Period.ID {
			opening.NewPeriod = false
			return
		}
		for _, s := range e.Scopes {
			if s == budget.Total || s.Kind == budget.KindModel {
				spent[s] = spent[s].Add(amount)
			}
		}
	}
	for e, err := range store.Entries(ctx, books.Filter{Run: run, Charging: true}) {
		if err != nil {
			return err
		}
		add(e, e.Used)
	}
	for _, e := range state.Open { // of a process that died
		if e.Run() == run {
			add(e, e.Hold)
		}
	}
	for s, amount := range spent {
		opening.Limits[s] = opening.Limits.Of(s).Less(amount)
	}
	return nil
}

package project

import (
	"context"
	"log/slog"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/worker"
)

// BudgetConfig is the manager's configuration, with the tasks' own limits. It has no ledger.
func (p *Project) BudgetConfig(list []worker.Task, log *slog.Logger) budget.Config {
	b := p.Config.Budget
	return budget.Config{
		Calendar: p.calendar(), HoldTimeout: p.holdTimeout(),
		Limits: p.Config.LimitsFor(list), Mode: b.Mode, OnFull: b.OnFull, ReturnHolds: b.Recover == config.ReturnHolds,
		Family: models.Family, Prices: p.Config.BudgetPrices(), PriceVersion: p.Config.PriceVersion(),
		Allowance: b.UnboundedInput, Thresholds: b.WarningPercents, Logger: log,
	}
}

// quiet is the configuration for looking, or for a correction: nobody is warned.
func (p *Project) quiet(list []worker.Task, run string) budget.Config {
	c := p.BudgetConfig(list, slog.New(slog.DiscardHandler))
	c.Run, c.Thresholds = run, nil
	return c
}

// calendar is what begins periods, or nil.
func (p *Project) calendar() *calendar.Periods {
	b := p.Config.Budget
	switch b.Period {
	case config.PeriodDay, config.PeriodWeek, config.PeriodMonth:
		return &calendar.Periods{Unit: calendar.Unit(b.Period), Location: b.TimeZone}
	}
	return nil
}

// holdTimeout is longer than any attempt takes: the timeout of the slowest provider, or the longest answer that a command
// waits for, twice.
func (p *Project) holdTimeout() time.Duration {
	var longest time.Duration
	for _, w := range p.Config.Workers {
		if p.runs(w) {
			longest = longestAnswer
		}
	}
	for _, pc := range p.Config.Providers {
		longest = max(longest, pc.Timeout)
	}
	return 2 * longest
}

// ownPeriod makes c that of a run with a period of its own, if period = "run": a run begins one, unless the
// newest is its own, and is left what its limits are above what it spent in earlier ones. A run of which the books
// know nothing has the whole. What it spent in earlier periods is returned.
func (p *Project) ownPeriod(ctx context.Context, store books.Store, run string, c *budget.Config) (spent map[budget.Scope]budget.Amount, err error) {
	if p.Config.Budget.Period != config.PeriodRun {
		return nil, nil
	}
	state, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	c.NewPeriod = true
	spent = make(map[budget.Scope]budget.Amount)
	add := func(e budget.Entry, amount budget.Amount) {
		if e.Period == state.Period.ID {
			c.NewPeriod = false
			return
		}
		for _, s := range e.Scopes {
			if s.Kind.OfPeriod() {
				spent[s] = spent[s].Add(amount)
			}
		}
	}
	for e, err := range store.Entries(ctx, books.Filter{Run: run, Charging: true}) {
		if err != nil {
			return nil, err
		}
		add(e, e.Used)
	}
	for _, e := range state.Open { // of a process that died
		if e.Run() == run {
			add(e, e.Hold)
		}
	}
	for s, amount := range spent {
		c.Limits[s] = c.Limits.Of(s).Less(amount)
	}
	return spent, nil
}

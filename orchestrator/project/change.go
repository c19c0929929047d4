package project

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// Reset begins a new period: total, models and labels start at zero, the history stays. It returns the period that is closed with
// its total, and the one that has begun. What a dead run left held is resolved.
func (p *Project) Reset(ctx context.Context) (closed budget.Period, total budget.Status, begun budget.Period, err error) {
	ledger, err := p.ownBooks(ctx, "the budget cannot be reset")
	if err != nil {
		return closed, total, begun, err
	}
	c := p.BudgetConfig(nil, slog.Default())
	c.Ledger = ledger
	m, err := budget.Open(ctx, c)
	if err != nil {
		return closed, total, begun, errors.Join(err, ledger.Close())
	}
	closed, total = m.Period(), m.Total()
	err = errors.Join(m.Reset(ctx), ledger.Close())
	return closed, total, m.Period(), err
}

// SetBudget changes limits in the configuration's file, as KEY=VALUE. They take effect when the next run begins or is
// resumed.
func (p *Project) SetBudget(pairs []string) ([]config.Change, error) {
	done, err := p.files().SetBudget(pairs)
	return done, usage(err)
}

// Excess is what stands on a scope above a limit that was lowered.
type Excess struct {
	Of   budget.Status
	Debt budget.Amount // tokens, money or both
}

// Excess is what the limits that are in the configuration's file by now make debt of: what is settled and held above
// them, and was not above those of p. Without books there is nothing to compare.
func (p *Project) Excess(ctx context.Context) (list []Excess, err error) {
	c, _, err := p.files().Load() // its warnings are those of p
	if err != nil {
		return nil, err
	}
	before, err := p.Status(ctx, StatusOptions{Tasks: true})
	if err != nil {
		return nil, nil //nolint:nilerr // there are no books that can be read
	}
	after, err := (&Project{Config: c, Path: p.Path}).Status(ctx, StatusOptions{Tasks: true})
	if err != nil {
		return nil, nil //nolint:nilerr // as above
	}
	for _, s := range after.Scopes {
		debt := s.Debt.Lowered.Sub(before.lowered(s.Scope)).Max(budget.Amount{})
		if !debt.IsZero() && !startsAnew(c, after.Period, s.Scope) {
			list = append(list, Excess{s, debt})
		}
	}
	return list, nil
}

// lowered is the debt of a scope because a limit was lowered.
func (s Status) lowered(scope budget.Scope) budget.Amount {
	for _, of := range s.Scopes {
		if of.Scope == scope {
			return of.Debt.Lowered
		}
	}
	return budget.Amount{}
}

// startsAnew reports whether the next run begins with nothing spent in a scope, so that what was spent cannot be debt.
func startsAnew(c *config.Config, p budget.Period, s budget.Scope) bool {
	return s.Kind.OfPeriod() && (p.Over(time.Now()) || c.Budget.Period == config.PeriodRun)
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newBudgetSet(f *flags, std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "set KEY=VALUE...",
		Short: "Change limits in orchestrate.toml, keeping its comments",
		Example: `  orchestrate budget set total_budget_limit=2M max_tokens_per_task=50k
  orchestrate budget set total_cost_limit=2.50 budget_enforcement_mode=soft
  orchestrate budget set max_tokens_per_task=unlimited`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("which key, and to what? (orchestrate budget set total_budget_limit=2M)"))
			}
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			done, err := config.SetBudget(p.path, args)
			if err != nil {
				return usage(err)
			}
			for _, d := range done {
				fmt.Fprintf(std.out, "%s: %s -> %s\n", d.Key, cmp.Or(d.Before, "absent"), cmp.Or(d.After, "absent"))
			}
			fmt.Fprintf(std.out, "written to %s; it takes effect when the next run begins or is resumed (a run in progress keeps its limits)\n", p.path)
			return p.tellDebt(c.Context(), std)
		},
	}
}

// tellDebt says what the limits that were just set make debt of: what is settled and held above them, and was not when
// they were higher.
func (p *project) tellDebt(ctx context.Context, std stdio) error {
	config, _, err := config.Load(p.path) // its warnings are those that were told
	if err != nil {
		return err
	}
	before, err := readStanding(ctx, p, true, false)
	if err != nil {
		return nil //nolint:nilerr // the limits are set, and there are no books to compare them with
	}
	after, err := readStanding(ctx, &project{config: config, path: p.path}, true, false)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	var excess []view.Excess
	for _, s := range after.Scopes {
		debt := s.Debt.Lowered.Sub(before.lowered(s.Scope)).Max(budget.Amount{})
		if debt.IsZero() || startsAnew(config, after.Period, s.Scope) {
			continue
		}
		excess = append(excess, view.Excess{Of: s, Debt: debt})
	}
	_, err = fmt.Fprint(std.out, view.ExcessText(excess))
	return err
}

// lowered is the debt of a scope because a limit was lowered.
func (s standing) lowered(scope budget.Scope) budget.Amount {
	for _, of := range s.Scopes {
		if of.Scope == scope {
			return of.Debt.Lowered
		}
	}
	return budget.Amount{}
}

// startsAnew reports whether the next run begins with nothing spent in a scope, so that what was spent cannot be debt.
func startsAnew(c *config.Config, p budget.Period, s budget.Scope) bool {
	ofPeriod := s.Kind == budget.KindTotal || s.Kind == budget.KindModel
	return ofPeriod && (p.Over(time.Now()) || c.Budget.Period == config.PeriodRun)
}

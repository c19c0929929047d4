package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newBudget(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "budget",
		Short: "Show, set, reset or correct the budget",
		Example: `  orchestrate budget status
  orchestrate budget status --json
  orchestrate budget set total_budget_limit=2M max_tokens_per_task=50k
  orchestrate budget set total_cost_limit=unlimited
  orchestrate budget reset
  orchestrate budget adjust ATTEMPT --tokens 412 --reason "invoice of May"`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("budget has no command %q: status, set, reset or adjust", args[0]))
			}
			return c.Help()
		},
	}
	c.AddCommand(newBudgetStatus(f, std), newBudgetSet(f, std), newBudgetReset(f, std), newBudgetAdjust(f, std))
	return c
}

func newBudgetStatus(f *flags, std stdio) *cobra.Command {
	var o project.StatusOptions
	var wide bool
	c := &cobra.Command{
		Use:     "status",
		Short:   "Show what each scope has settled, holds and may still spend",
		Example: "  orchestrate budget status\n  orchestrate budget status --json | jq '.scopes[] | select(.scope == \"total\") | .remaining'",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			o.Tasks = o.Tasks || f.json
			is, err := p.Status(c.Context(), o)
			if err != nil {
				return err
			}
			status := view.NewStatus(p, is, program())
			if f.json {
				return view.WriteJSON(std.out, status)
			}
			_, err = fmt.Fprint(std.out, status.Text(fit(std.out, wide)))
			return err
		},
	}
	addSim(c, f, "of the simulator's books")
	addWide(c, &wide)
	c.Flags().BoolVar(&o.Tasks, "tasks", false, "show each task of the last run, too")
	c.Flags().BoolVar(&o.Attempts, "attempts", false, "list every attempt that was charged by assumption, not only the newest of dead runs")
	addJSON(c, f)
	return c
}

func newBudgetReset(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "reset",
		Short: "Begin a new period: total and model budgets start at zero, the history stays",
		Example: `  orchestrate budget reset
  orchestrate budget reset --sim          of the simulator's books`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			closed, total, begun, err := p.Reset(c.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "period %d is closed: %s\nperiod %d has begun; the history stays (orchestrate report)\n",
				closed.ID, view.SpentText(total), begun.ID)
			return err
		},
	}
	addSim(c, f, "of the simulator's books")
	return c
}

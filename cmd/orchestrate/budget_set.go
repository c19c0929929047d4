package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

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
			done, err := p.SetBudget(args)
			if err != nil {
				return err
			}
			for _, d := range done {
				fmt.Fprintf(std.out, "%s: %s -> %s\n", d.Key, cmp.Or(d.Before, "absent"), cmp.Or(d.After, "absent"))
			}
			fmt.Fprintf(std.out, "written to %s; it takes effect when the next run begins or is resumed (a run in progress keeps its limits)\n", p.Path)
			excess, err := p.Excess(c.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(std.out, view.ExcessText(excess))
			return err
		},
	}
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/control"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newBudgetSet(f *flags, std stdio) *cobra.Command {
	var now bool
	var reason string
	c := &cobra.Command{
		Use:   "set KEY=VALUE...",
		Short: "Change limits in orchestrate.toml, keeping its comments, and with --now in the run that is going",
		Example: `  orchestrate budget set total_budget_limit=2M max_tokens_per_task=50k
  orchestrate budget set total_cost_limit=2.50 budget_enforcement_mode=soft
  orchestrate budget set max_tokens_per_task=unlimited models.gpt-4o.max_tokens=500k
  orchestrate budget set --now total_budget_limit=3M --reason "two chapters more"`,
		ValidArgsFunction: completion(f, budgetPairs, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("which key, and to what? (orchestrate budget set total_budget_limit=2M)"))
			}
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			if now {
				err := setNow(c.Context(), p, args, reason, std)
				if !errors.Is(err, control.ErrNone) {
					return err
				}
				fmt.Fprintln(std.err, "no run is going whose limits could change now: the file is changed")
			}
			return setInFile(c.Context(), p, args, std)
		},
	}
	c.Flags().BoolVar(&now, "now", false, "change the limits of the run or the proxy that is going, too")
	c.Flags().StringVar(&reason, "reason", "", "why, for the books; with --now")
	return c
}

// setInFile changes the configuration's file.
func setInFile(ctx context.Context, p *project.Project, pairs []string, std stdio) error {
	done, err := p.SetBudget(pairs)
	if err != nil {
		return err
	}
	for _, d := range done {
		changed(std, d.Key, d.Before, d.After)
	}
	fmt.Fprintf(std.out, "written to %s; it takes effect when the next run begins or is resumed (a run in progress keeps its limits, unless they are set with --now)\n", p.Path)
	excess, err := p.Excess(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, view.ExcessText(excess))
	return err
}

// setNow changes the limits that are in force, and the file.
func setNow(ctx context.Context, p *project.Project, pairs []string, reason string, std stdio) error {
	client, err := control.Dial(p)
	if err != nil {
		return err
	}
	set := make(map[string]string)
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return usage(fmt.Errorf("%q is not KEY=VALUE (total_budget_limit=2M, say)", pair))
		}
		if _, twice := set[key]; twice {
			return usage(fmt.Errorf("%s is set twice", key))
		}
		set[key] = value
	}
	l, err := client.SetLimits(ctx, set, control.Me(reason))
	if err != nil {
		return err
	}
	for _, c := range l.Changes {
		changed(std, c.Key, c.Before, c.After)
	}
	fmt.Fprintf(std.out, "in force in run %s", client.Run)
	if l.NotWritten == "" {
		fmt.Fprintf(std.out, ", and written to %s", p.Path)
	}
	fmt.Fprintln(std.out)
	for _, d := range l.Debts {
		fmt.Fprintf(std.out, "%s stands above its limit: a debt of %s\n", d.Scope, view.AmountText(budget.Amount{Tokens: d.Tokens, Cost: d.Cost}))
	}
	if l.NotWritten != "" {
		return fmt.Errorf("the file does not say so: %s", l.NotWritten)
	}
	return nil
}

func changed(std stdio, key, before, after string) {
	fmt.Fprintf(std.out, "%s: %s -> %s\n", key, cmp.Or(before, "absent"), cmp.Or(after, "absent"))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// planFlags are those of plan.
type planFlags struct {
	*flags
	resume    string
	budgets   []string
	all, wide bool
}

func newPlan(f *flags, std stdio) *cobra.Command {
	q := planFlags{flags: f}
	c := &cobra.Command{
		Use:   "plan [TASKFILE]",
		Short: "Show what would run, be deferred or never fit, without a call",
		Example: `  orchestrate plan tasks.toml
  orchestrate plan reviews.csv --prompt 'Classify: {{ .review }}'
  orchestrate plan tasks.toml --budget 2M --budget 5M what each would buy, side by side
  orchestrate plan --resume                           what is left of the last run
  orchestrate plan tasks.toml --json | jq '.tasks[] | select(.verdict != "run")'`,
		Long: `Show, in order, what would run, be deferred or never fit, with the tokens and the
cost that are expected, from answers of like tasks, and those at worst, from the
budget as it stands now. No model is called and nothing is booked.`,
		Args: takes(0, "one task file"),
		RunE: func(c *cobra.Command, args []string) error {
			o := project.PlanOptions{Stdin: std.in, Resume: q.resume}
			if len(args) == 1 {
				o.TaskFile = args[0]
			}
			return q.plan(c, o, std)
		},
	}
	c.Flags().StringVar(&q.resume, "resume", "", "plan what is left of the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = project.LastRun
	complete(c, "resume", f, runIDs)
	addWide(c, &q.wide)
	c.Flags().StringSliceVar(&q.budgets, "budget", nil, "what another limit of the total would buy, like 2M or 5usd; once for each")
	c.Flags().BoolVar(&q.all, "all", false, "show every task, not the first ten")
	addTemplate(c, f)
	addQuick(c, f)
	addSim(c, f, "plan from the simulator's books")
	addJSON(c, f)
	return c
}

// plan shows one plan, or compares several.
func (q *planFlags) plan(c *cobra.Command, o project.PlanOptions, std stdio) error {
	if err := checkResume(c); err != nil {
		return err
	}
	if o.TaskFile == "" && o.Resume == "" {
		return usage(errors.New("which task file? (orchestrate plan tasks.toml, or orchestrate plan --resume)"))
	}
	p, err := loadProject(q.flags, o.TaskFile, std)
	if err != nil {
		return err
	}
	if len(q.budgets) > 0 {
		return q.compare(c.Context(), p, o, std)
	}
	plan, err := p.Plan(c.Context(), o)
	if err != nil {
		return err
	}
	shown := view.NewPlan(p, plan)
	if q.json {
		return view.WriteJSON(std.out, shown)
	}
	_, err = fmt.Fprint(std.out, shown.Text(fit(std.out, q.wide), q.all))
	return err
}

// compare shows what other limits of the total would buy.
func (q *planFlags) compare(ctx context.Context, p *project.Project, o project.PlanOptions, std stdio) error {
	limits := make([]budget.Limit, len(q.budgets))
	for i, text := range q.budgets {
		var err error
		if limits[i], err = parseLimit(text); err != nil {
			return usage(fmt.Errorf("--budget: %w", err))
		}
	}
	plans, err := p.Plans(ctx, o, limits...)
	if err != nil {
		return err
	}
	shown := view.NewPlans(p, limits, plans)
	if q.json {
		return view.WriteJSON(std.out, shown)
	}
	_, err = fmt.Fprint(std.out, shown.Text(fit(std.out, q.wide)))
	return err
}

// parseLimit reads a limit in tokens, or in dollars: "$5" or, since shells make something else of that, "5usd".
func parseLimit(text string) (l budget.Limit, err error) {
	digits, dollars := strings.CutSuffix(strings.ToLower(text), "usd")
	if dollars || strings.HasPrefix(text, "$") {
		cost, err := budget.ParseUSD(digits)
		return budget.Limit{Cost: &cost}, err
	}
	tokens, err := budget.ParseTokens(text)
	if err != nil {
		return l, fmt.Errorf("%w, or dollars like 5usd", err)
	}
	return budget.Limit{Tokens: &tokens}, nil
}

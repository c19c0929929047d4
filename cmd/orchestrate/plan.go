package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newPlan(f *flags, std stdio) *cobra.Command {
	var resume string
	var all, wide bool
	c := &cobra.Command{
		Use:   "plan [TASKFILE]",
		Short: "Show what would run, be deferred or never fit, without a call",
		Example: `  orchestrate plan tasks.toml
  orchestrate plan reviews.csv --prompt 'Classify: {{ .review }}'
  orchestrate plan --resume                           what is left of the last run
  orchestrate plan tasks.toml --json | jq '.tasks[] | select(.verdict != "run")'`,
		Long: `Show, in order, what would run, be deferred or never fit, with the tokens and the
cost that are expected, from answers of like tasks, and those at worst, from the
budget as it stands now. No model is called and nothing is booked.`,
		Args: takes(0, "one task file"),
		RunE: func(c *cobra.Command, args []string) error {
			var file string
			if len(args) == 1 {
				file = args[0]
			}
			if err := checkResume(c); err != nil {
				return err
			}
			if file == "" && resume == "" {
				return usage(errors.New("which task file? (orchestrate plan tasks.toml, or orchestrate plan --resume)"))
			}
			p, err := loadProject(f, file, std)
			if err != nil {
				return err
			}
			plan, err := p.Plan(c.Context(), project.PlanOptions{TaskFile: file, Stdin: std.in, Resume: resume})
			if err != nil {
				return err
			}
			shown := view.NewPlan(p, plan)
			if f.json {
				return view.WriteJSON(std.out, shown)
			}
			_, err = fmt.Fprint(std.out, shown.Text(fit(std.out, wide), all))
			return err
		},
	}
	c.Flags().StringVar(&resume, "resume", "", "plan what is left of the last run, or with --resume=RUN")
	c.Flags().Lookup("resume").NoOptDefVal = project.LastRun
	addWide(c, &wide)
	c.Flags().BoolVar(&all, "all", false, "show every task, not the first ten")
	addTemplate(c, f)
	addQuick(c, f)
	addSim(c, f, "plan from the simulator's books")
	addJSON(c, f)
	return c
}

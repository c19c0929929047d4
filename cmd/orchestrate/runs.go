package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newRuns(f *flags, std stdio) *cobra.Command {
	var since string
	c := &cobra.Command{
		Use:   "runs",
		Short: "List the runs in the books, with how they ended and what they cost",
		Example: `  orchestrate runs
  orchestrate runs --since yesterday
  orchestrate runs --json | jq '.runs[] | select(.state == "interrupted") | .run'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			from, err := instant("since", since, p.Config.Budget.TimeZone, false)
			if err != nil {
				return err
			}
			list, err := p.Runs(c.Context(), from)
			if err != nil {
				return err
			}
			runs := view.NewRuns(p, list)
			if f.json {
				return view.WriteJSON(std.out, runs)
			}
			_, err = fmt.Fprint(std.out, runs.Text())
			return err
		},
	}
	c.Flags().StringVar(&since, "since", "", "those that began since this day or time: 2026-11-01, yesterday, 1h")
	addSim(c, f, "of the simulator's books")
	addJSON(c, f)
	return c
}

package main

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/spf13/cobra"
)

func newConfig(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Show the configuration in force, every default filled in, and where it was found",
		Example: "  orchestrate config\n  orchestrate config --json | jq .config.budget",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			if f.json {
				return view.WriteJSON(std.out, struct {
					Schema int    `json:"schema_version"`
					Path   string `json:"path"`
					Config any    `json:"config"`
				}{view.SchemaVersion, p.Path, p.Config.Table()})
			}
			_, err = fmt.Fprintf(std.out, "# %s\n%s", p.Path, p.Config.TOML())
			return err
		},
	}
	addJSON(c, f)
	return c
}

package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
	"github.com/spf13/cobra"
)

func newValidate(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "validate [TASKFILE...]",
		Short: "Check the configuration and task files without spending anything",
		Example: `  orchestrate validate
  orchestrate validate tasks.toml more.jsonl
  orchestrate validate reviews.csv --prompt-file classify.md --id "Review ID"`,
		RunE: func(_ *cobra.Command, args []string) error {
			first := ""
			if len(args) > 0 {
				first = args[0]
			}
			p, err := loadProject(f, first, std)
			if err != nil {
				return err
			}
			fmt.Fprintf(std.out, "%s: ok (%s; %s)\n", p.Path, view.Plural(len(p.Config.Workers), "worker"), view.LimitText(p.Config.Budget.Total, p.Config.Budget.Mode))
			if len(p.Config.Workers) == 0 {
				fmt.Fprintf(std.err, "warning: %s has no [[workers]]: run and plan need some\n", p.Path)
			}
			for _, name := range slices.Sorted(maps.Keys(p.Config.Providers)) {
				if env := p.Config.Providers[name].APIKeyEnv; env != "" && os.Getenv(env) == "" {
					fmt.Fprintf(std.err, "warning: the environment variable %s, which should hold the key of provider %s, is not set: run needs it\n", env, name)
				}
			}
			if len(args) == 0 {
				return p.CheckModels(nil)
			}
			for _, file := range args {
				n, err := p.Validate(file, std.in)
				if err != nil {
					return err
				}
				fmt.Fprintf(std.out, "%s: ok (%s)\n", file, view.Plural(n, "task"))
			}
			return nil
		},
	}
	addTemplate(c, f)
	addQuick(c, f)
	return c
}

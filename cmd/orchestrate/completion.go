package main

import (
	_ "embed" // completion.bash
	"fmt"

	"github.com/spf13/cobra"
)

//go:embed completion.bash
var bashWords string

// addCompletion gives root cobra's completion command, whose script for bash leans on a package that not every bash has.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	bash, _, err := root.Find([]string{"completion", "bash"})
	if err != nil {
		panic(err)
	}
	rest := bash.RunE
	bash.RunE = func(c *cobra.Command, args []string) error {
		if _, err := fmt.Fprint(c.OutOrStdout(), bashWords); err != nil {
			return err
		}
		return rest(c, args)
	}
}

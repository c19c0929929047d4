package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write a manual page for each command",
		Example: `  orchestrate man ~/.local/share/man/man1 && man orchestrate-run
  orchestrate man man1`,
		Args: takes(1, "one directory"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			root := c.Root()
			root.DisableAutoGenTag = true
			date := time.Now()
			if err := doc.GenManTree(root, &doc.GenManHeader{Title: "ORCHESTRATE", Section: "1", Source: "orchestrate", Date: &date}, dir); err != nil {
				return err
			}
			_, err := fmt.Fprintln(std.out, filepath.Join(dir, "orchestrate.1"), "and a page for each command")
			return err
		},
	}
}

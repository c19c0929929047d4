package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newLedgerExport(f *flags, std stdio) *cobra.Command {
	var o project.ExportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the whole history as JSON lines",
		Example: `  orchestrate ledger export --out history.jsonl
  orchestrate ledger export | gzip > history.jsonl.gz`,
		Long: `Write the whole history as JSON lines that ledger import reads: a header, the
runs, the entries. It reads the books as of one moment, also during a run. What
the models answered stays out unless --outputs is given.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			o.Stdout = std.out
			n, err := p.Export(c.Context(), o)
			if err == nil {
				fmt.Fprint(std.err, view.ExportedText(n))
			}
			return err
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "write to this file instead of standard output")
	c.Flags().BoolVar(&o.Force, "force", false, "let --out replace a file")
	c.Flags().BoolVar(&o.Outputs, "outputs", false, "with what the models answered")
	addSim(c, f, "the simulator's books")
	return c
}

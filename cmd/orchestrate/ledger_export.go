package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

func newLedgerExport(f *flags, std stdio) *cobra.Command {
	var out string
	var force, outputs, sim bool
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
			p.sim = sim
			books, err := p.openBooks(c.Context())
			if err != nil {
				return err
			}
			defer books.Close()
			file, err := createResults(out, force, std.out)
			if err != nil {
				return usage(err)
			}
			n, err := books.Export(c.Context(), &escaper{w: file.w}, sqlite.ExportOptions{Outputs: outputs, Redact: withoutOutput})
			if err = errors.Join(err, file.Close()); err != nil {
				return err
			}
			fmt.Fprintf(std.err, "exported %s and %s entries\n", plural(int(n.Runs), "run"), count(n.Entries))
			if n.Open > 0 {
				fmt.Fprintf(std.err, "warning: %s open in it, and ledger import takes no such file: export again when the run has ended;\n"+
					"if it died, begin another run or a new period (orchestrate budget reset) first, which settles what it left\n", openHolds(n.Open))
			}
			return nil
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "write to this file instead of standard output")
	c.Flags().BoolVar(&force, "force", false, "let --out replace a file")
	c.Flags().BoolVar(&outputs, "outputs", false, "with what the models answered")
	c.Flags().BoolVar(&sim, "sim", false, "the simulator's books")
	return c
}

func openHolds(n int64) string {
	if n == 1 {
		return "1 hold is"
	}
	return count(n) + " holds are"
}

// withoutOutput is a task's result without what the model answered.
func withoutOutput(data []byte) ([]byte, error) {
	result, err := orchestrator.DecodeResult(data)
	if err != nil {
		return nil, err
	}
	result.Output = ""
	return json.Marshal(result)
}

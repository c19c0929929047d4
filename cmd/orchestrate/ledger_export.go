package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
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
			file, err := createExport(out, force, filepath.Dir(p.ledgerPath()), std.out)
			if err != nil {
				return usage(err)
			}
			n, err := books.Export(c.Context(), &escape.Writer{W: file}, sqlite.ExportOptions{Outputs: outputs, Redact: withoutOutput})
			if err = errors.Join(err, file.Close()); err != nil {
				return err
			}
			fmt.Fprintf(std.err, "exported %s and %s entries\n", view.Plural(int(n.Runs), "run"), view.Number(n.Entries))
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

// createExport opens the file of an export, or standard output for "" and "-". A regular file that exists is
// replaced only with force, and only if it is an export.
func createExport(path string, force bool, state string, stdout io.Writer) (io.WriteCloser, error) {
	if path == "" || path == "-" {
		return unclosed{stdout}, nil
	}
	if results.Within(path, state) {
		return nil, fmt.Errorf("%s is in %s, which holds the books and nothing else (name another --out)", path, stateDir)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	info, err := os.Stat(path)
	there, regular := err == nil, err == nil && info.Mode().IsRegular()
	if regular && force && !results.IsOwn(path, isExport) {
		return nil, fmt.Errorf("%s is not replaced, because it is no export (name another --out, or remove it yourself)", path)
	}
	if force || (there && !regular) {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists and is not replaced (name another --out, or give --force)", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the file of the export: %w", err)
	}
	return file, nil
}

func isExport(_ orchestrator.Outcome, format string) bool { return format == sqlite.ExportFormat }

// unclosed is a writer that somebody else closes.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

func openHolds(n int64) string {
	if n == 1 {
		return "1 hold is"
	}
	return view.Number(n) + " holds are"
}

// withoutOutput is a task's result without what the model answered.
func withoutOutput(data []byte) ([]byte, error) {
	result, err := orchestrator.DecodeResult(data)
	if err != nil {
		return nil, err
	}
	result = result.WithoutOutput()
	result.OutputFile = "" // of this machine
	return json.Marshal(result)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

func newLedgerImport(f *flags, std stdio) *cobra.Command {
	var sim bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Enter exported history into periods of its own, apart from the present budget",
		Example: `  orchestrate ledger import history.jsonl
  gunzip -c history.jsonl.gz | orchestrate ledger import -
  orchestrate report --all --by period`,
		Long: `Enter history that ledger export wrote. Each period of the file becomes a closed
period below zero (-1, -2, ...), which no present limit counts; its runs keep
their names. What is here already is skipped, so a file can be imported again
when it has grown. The file is entered whole or, if anything is wrong with it,
not at all.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			p.sim = sim
			in := std.in
			if args[0] != stdinFile {
				file, err := os.Open(args[0])
				if err != nil {
					return usage(err)
				}
				defer file.Close()
				in = file
			}
			books, err := p.ownBooks(c.Context(), "history cannot be imported")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, books.Close()) }()
			n, err := books.Import(c.Context(), in)
			if err != nil {
				return fmt.Errorf("%s: %w; nothing was imported", args[0], err)
			}
			if f.json {
				return writeJSON(std.out, importJSON{schemaVersion, n})
			}
			return writeImported(std.out, n)
		},
	}
	c.Flags().BoolVar(&sim, "sim", false, "into the simulator's books")
	addJSON(c, f)
	return c
}

type importJSON struct {
	Schema int `json:"schema_version"`
	sqlite.Imported
}

func writeImported(w io.Writer, n sqlite.Imported) error {
	into := ""
	if n.Entries == 0 {
		n.Periods = nil
	}
	switch here := slices.Sorted(maps.Values(n.Periods)); len(here) {
	case 0:
	case 1:
		into = fmt.Sprintf(" into period %d", here[0])
	default:
		into = fmt.Sprintf(" into periods %d to %d", here[len(here)-1], here[0])
	}
	_, err := fmt.Fprintf(w, "imported %s and %s entries%s; %s and %s entries were here already\n",
		plural(n.Runs, "run"), count(int64(n.Entries)), into, plural(n.RunsThere, "run"), count(int64(n.EntriesThere)))
	return err
}

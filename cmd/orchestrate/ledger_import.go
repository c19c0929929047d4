package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newLedgerImport(f *flags, std stdio) *cobra.Command {
	var sim, mixed bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Enter exported history into periods of its own, apart from the present budget",
		Example: `  orchestrate ledger import history.jsonl
  gunzip -c history.jsonl.gz | orchestrate ledger import -
  orchestrate report --all --by period`,
		Long: `Enter history that ledger export wrote. Each period of the file becomes a closed
period below zero (-1, -2, ...), which no present limit counts; its runs keep
their names. What is here already is skipped, so a file can be imported again
when it has grown. Left out are resets, which imported periods do not need, and
corrections of attempts that are this ledger's own or that it has corrected
otherwise. The rest of the file is entered whole or, if anything is wrong with
it, not at all.

Simulated runs do not belong in real books, nor real ones in the simulator's:
a file with such runs is refused unless --mixed is given.`,
		Args: takes(1, "one FILE, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			p.sim = sim
			n, err := p.importHistory(c.Context(), args[0], std.in, mixed)
			if err != nil {
				return err
			}
			if f.json {
				return view.WriteJSON(std.out, importJSON{view.SchemaVersion, n})
			}
			return writeImported(std.out, n)
		},
	}
	c.Flags().BoolVar(&sim, "sim", false, "into the simulator's books")
	c.Flags().BoolVar(&mixed, "mixed", false, "take simulated and real runs into the same books")
	addJSON(c, f)
	return c
}

// importHistory enters the history in the named file, or in stdin.
func (p *project) importHistory(ctx context.Context, name string, stdin io.Reader, mixed bool) (n sqlite.Imported, err error) {
	in := stdin
	if name != stdinFile {
		file, err := os.Open(name)
		if err != nil {
			return n, usage(err)
		}
		defer file.Close()
		in = file
	}
	books, err := p.ownBooks(ctx, "history cannot be imported")
	if err != nil {
		return n, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	n, err = books.Import(ctx, in, sqlite.ImportOptions{Admit: p.admission(mixed)})
	if err != nil {
		return n, fmt.Errorf("%s: %w; nothing was imported", name, err)
	}
	return n, nil
}

// admission says which runs may be imported. Where every provider is a simulator, as in a new project, the books take
// simulated runs without --sim too.
func (p *project) admission(mixed bool) func(sqlite.Run) error {
	if mixed {
		return nil
	}
	return func(r sqlite.Run) error {
		switch practice := len(p.config.Workers) > 0 && p.simulated(); {
		case r.Simulated && !p.sim && !practice:
			return fmt.Errorf("run %s was simulated, and these are the books of real runs: import it with --sim, or with --mixed all the same", r.ID)
		case !r.Simulated && p.sim:
			return fmt.Errorf("run %s was real, and these are the simulator's books: leave --sim out, or import it with --mixed all the same", r.ID)
		}
		return nil
	}
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
	text := fmt.Sprintf("imported %s and %s entries%s; %s and %s entries were here already\n",
		view.Plural(n.Runs, "run"), view.Number(int64(n.Entries)), into, view.Plural(n.RunsThere, "run"), view.Number(int64(n.EntriesThere)))
	if n.Resets > 0 {
		text += fmt.Sprintf("left out: %s, which imported periods do not need\n", view.Plural(n.Resets, "reset"))
	}
	if n.Corrections > 0 {
		text += fmt.Sprintf("left out: %s entries that correct attempts of this ledger's own, or otherwise than it has\n"+
			"(where they are right, state it here: orchestrate budget adjust)\n", view.Number(int64(n.Corrections)))
	}
	_, err := io.WriteString(w, text)
	return err
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newLedgerImport(f *flags, std stdio) *cobra.Command {
	var mixed bool
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
			n, err := p.Import(c.Context(), args[0], std.in, mixed)
			if err != nil {
				return err
			}
			shown := view.NewImported(n)
			if f.json {
				return view.WriteJSON(std.out, shown)
			}
			_, err = fmt.Fprint(std.out, shown.Text())
			return err
		},
	}
	addSim(c, f, "into the simulator's books")
	c.Flags().BoolVar(&mixed, "mixed", false, "take simulated and real runs into the same books")
	addJSON(c, f)
	return c
}

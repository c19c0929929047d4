package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newLedgerVerify(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "verify",
		Short: "Recompute every total from the entries, and check the file",
		Example: `  orchestrate ledger verify
  orchestrate ledger verify --json | jq .problems`,
		Long: `Check the books: every entry by itself and after those before it, every total,
open hold, period and result against the entries, and the file itself. Costs are
recomputed where the prices of the configuration made them. It reads the books as
of one moment, also during a run, and changes nothing.

Exit code 1 means that something is wrong; the first wrong entry is named.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			v, err := p.Verify(c.Context())
			if err != nil {
				return err
			}
			if shown := view.NewVerification(p, v); f.json {
				err = view.WriteJSON(std.out, shown)
			} else {
				_, err = fmt.Fprint(std.out, shown.Text())
			}
			if err == nil && !v.OK() {
				err = &exitError{code: exitFailed}
			}
			return err
		},
	}
	addSim(c, f, "the simulator's books")
	addJSON(c, f)
	return c
}

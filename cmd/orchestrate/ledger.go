package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newLedger(f *flags, std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "ledger",
		Short: "Check the books, or move their history",
		Example: `  orchestrate ledger verify
  orchestrate ledger export --out history.jsonl
  orchestrate ledger import history.jsonl`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("ledger has no command %q: verify, export or import", args[0]))
			}
			return c.Help()
		},
	}
	c.AddCommand(newLedgerVerify(f, std), newLedgerExport(f, std), newLedgerImport(f, std))
	return c
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
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

// openBooks opens the books for reading; a project without any is an error.
func (p *project) openBooks(ctx context.Context) (books.Store, error) {
	store, there, err := p.openReader(ctx)
	if err == nil && !there {
		err = p.noBooks()
	}
	return store, err
}

// ownBooks opens the books as their owner, for a command that cannot share them with a run: what says what
// it would do.
func (p *project) ownBooks(ctx context.Context, what string) (*sqlite.Ledger, error) {
	books, err := sqlite.Open(ctx, p.ledgerPath(), sqlite.Options{})
	if errors.As(err, new(*sqlite.OwnedError)) {
		return nil, usage(fmt.Errorf("%s during a run: %w", what, err))
	}
	return books, usage(err)
}

package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newLedgerVerify(f *flags, std stdio) *cobra.Command {
	var sim bool
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
			p.sim = sim
			books, err := p.openBooks(c.Context())
			if err != nil {
				return err
			}
			defer books.Close()
			config := p.budgetConfig(nil, slog.Default())
			v, err := books.Verify(c.Context(), sqlite.VerifyOptions{
				Family: config.Family, Prices: config.Prices, PriceVersion: config.PriceVersion,
			})
			if err != nil {
				return err
			}
			if f.json {
				err = view.WriteJSON(std.out, verificationJSON{view.SchemaVersion, p.ledgerPath(), v.OK(), v})
			} else {
				err = writeVerification(std.out, v)
			}
			if err == nil && !v.OK() {
				err = &exitError{code: exitFailed}
			}
			return err
		},
	}
	c.Flags().BoolVar(&sim, "sim", false, "the simulator's books")
	addJSON(c, f)
	return c
}

type verificationJSON struct {
	Schema int    `json:"schema_version"`
	Ledger string `json:"ledger"`
	OK     bool   `json:"ok"`
	sqlite.Verification
}

func writeVerification(w io.Writer, v sqlite.Verification) error {
	text := fmt.Sprintf("%s entries, %s, %s, %s: ",
		view.Number(v.Entries), view.Plural(v.Accounts, "account"), view.Plural(v.Open, "open hold"), view.Plural(v.Runs, "run"))
	if v.OK() {
		text += "ok\n"
	} else {
		text += fmt.Sprintf("%s wrong\n%v\n", view.Number(v.Wrong), v.Problems[0])
	}
	if v.Wrong > 1 {
		text += fmt.Sprintf("and %s more (--json lists the first %d)\n", view.Number(v.Wrong-1), len(v.Problems))
	}
	_, err := io.WriteString(w, text)
	return err
}

package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"

	"github.com/orchestrate-go/orchestrate/budget"
)

// ExportOptions are the options of [Ledger.Export].
type ExportOptions struct {
	// Outputs exports what tasks bought, as it is.
	Outputs bool
	// Redact returns what is exported of a result where Outputs is not set; nil leaves the content of all
	// results out.
	Redact func(result []byte) ([]byte, error)
}

// Exported says how much was exported.
type Exported struct {
	Runs, Entries int64
	Open          int64 // holds that are open in it: [Ledger.Import] refuses it
}

// Export writes the ledger as it is at one moment, as JSON lines that [Ledger.Import] reads. The same books
// give the same bytes. The owner, if there is one, goes on meanwhile.
func (l *Ledger) Export(ctx context.Context, w io.Writer, o ExportOptions) (n Exported, err error) {
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return n, fmt.Errorf("budget/sqlite: export: %w", l.closedOr(err))
	}
	defer tx.Rollback()
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(exportHeader{ExportFormat, exportVersion, o.Outputs}); err != nil {
		return n, fmt.Errorf("budget/sqlite: export: %w", err)
	}
	for r, err := range query(ctx, tx, scanRun, selectRunsInOrder) {
		if err == nil {
			err = lines.Encode(exportLine{Run: exportedRun(r)})
		}
		if err != nil {
			return n, fmt.Errorf("budget/sqlite: export: %w", err)
		}
		n.Runs++
	}
	for e, err := range query(ctx, tx, scanEntry, selectEntries+"ORDER BY seq") {
		if err == nil {
			err = o.redact(&e)
		}
		if err == nil {
			err = lines.Encode(exportLine{Entry: exportedEntry(e)})
		}
		if err != nil {
			return n, fmt.Errorf("budget/sqlite: export: %w", err)
		}
		n.Entries++
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM holds").Scan(&n.Open); err != nil {
		return n, fmt.Errorf("budget/sqlite: export: %w", err)
	}
	if err := lines.Encode(exportLine{End: &exportEnd{n.Runs, n.Entries}}); err != nil {
		return n, fmt.Errorf("budget/sqlite: export: %w", err)
	}
	if err := out.Flush(); err != nil {
		return n, fmt.Errorf("budget/sqlite: export: %w", err)
	}
	return n, nil
}

func (o ExportOptions) redact(e *budget.Entry) (err error) {
	switch {
	case o.Outputs || e.Result == nil:
	case o.Redact == nil:
		e.Result = nil
	default:
		if e.Result, err = o.Redact(e.Result); err != nil {
			return fmt.Errorf("the result of entry %s: %w", e.ID, err)
		}
	}
	return nil
}

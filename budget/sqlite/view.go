package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// View implements [books.Viewer], in one transaction.
func (l *Ledger) View(ctx context.Context, what string, f func(books.View) error) error {
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("budget/sqlite: %s: %w", what, l.closedOr(err))
	}
	defer tx.Rollback()
	if err := f(&view{ledger: l, tx: tx, stand: make(map[span]reach)}); err != nil {
		return fmt.Errorf("budget/sqlite: %s: %w", what, l.closedOr(err))
	}
	return nil
}

// view is the file at one moment.
type view struct {
	ledger *Ledger
	tx     *sql.Tx

	stand map[span]reach // where the entries of each span are
	whole bool           // all entries have been read
}

const selectPlaced = "SELECT seq, result_crc32c, " + entryColumns + ", result FROM entries LEFT JOIN results USING (seq) ORDER BY seq"

// Entries implements [books.View]. It gathers what the spans must say.
func (v *view) Entries(ctx context.Context) iter.Seq2[books.Placed, error] {
	return func(yield func(books.Placed, error) bool) {
		v.whole = false
		clear(v.stand)
		for e, err := range query(ctx, v.tx, scanPlaced, selectPlaced) {
			if err == nil && e.Unread == nil {
				of := spanOf(e.Entry)
				v.stand[of] = v.stand[of].with(e.Seq)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		v.whole = true
	}
}

// scanPlaced reads the current row of selectPlaced.
func scanPlaced(rows *sql.Rows) (books.Placed, error) {
	var r row
	var p books.Placed
	var crc any
	if err := rows.Scan(append([]any{&p.Seq, &crc}, r.columns()...)...); err != nil {
		p.Entry, p.Unread = r.Entry, err
		return p, nil //nolint:nilerr // what cannot be read is a finding, not the end of the sequence
	}
	p.Unread = r.decode()
	p.Entry, p.Old = r.Entry, !r.tier.Valid
	if p.Unread == nil {
		p.Fault = r.fault(crc)
	}
	return p, nil
}

// fault returns where the columns of r differ from its scopes, or its result from the checksum that it was written with.
func (r *row) fault(crc any) string {
	for _, c := range []struct {
		name         string
		stored, want string
	}{
		{"run", string(r.run), r.Run()}, {"task", string(r.task), r.TaskID()}, {"worker", string(r.worker), r.Name(budget.KindWorker)},
	} {
		if c.stored != c.want {
			return fmt.Sprintf("its column %s is %q, its scopes say %q", c.name, c.stored, c.want)
		}
	}
	switch {
	case len(r.Result) > 0 && r.Op != budget.OpResult:
		return "" // no result of its own
	case len(r.Result) == 0 && crc != nil:
		return "its result is missing"
	case checksum(r.Result) != crc:
		return "its result was changed"
	}
	return ""
}

// Attempt implements [books.View].
func (v *view) Attempt(ctx context.Context, id string) ([]budget.Entry, error) {
	return collect(query(ctx, v.tx, scanEntry, selectAttempt, id))
}

// Runs implements [books.View].
func (v *view) Runs(ctx context.Context) ([]books.Run, error) {
	return collect(query(ctx, v.tx, scanRun, selectRuns))
}

// Totals implements [books.View].
func (v *view) Totals(ctx context.Context) iter.Seq2[books.AccountTotal, error] {
	return query(ctx, v.tx, scanTotal, "SELECT "+totalColumns+" FROM totals")
}

// Holds implements [books.View].
func (v *view) Holds(ctx context.Context) iter.Seq2[books.Hold, error] {
	scan := func(rows *sql.Rows) (h books.Hold, err error) {
		err = rows.Scan(&h.ID, &h.Seq)
		return h, err
	}
	return query(ctx, v.tx, scan, "SELECT id, seq FROM holds ORDER BY seq")
}

// Periods implements [books.View].
func (v *view) Periods(ctx context.Context) iter.Seq2[books.Begun, error] {
	scan := func(rows *sql.Rows) (p books.Begun, err error) {
		var start int64
		var reset sql.NullInt64
		err = rows.Scan(&p.ID, &start, &reset)
		p.Start, p.Reset = time.Unix(0, start).UTC(), reset.Int64
		return p, err
	}
	return query(ctx, v.tx, scan, "SELECT id, start, reset FROM periods ORDER BY id")
}

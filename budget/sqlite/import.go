package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Import implements [books.Importer].
func (l *Ledger) Import(_ context.Context, f func(books.Intake) error) error {
	var i *intake
	err := l.submit(func(w *writer) error {
		if i != nil { // f has read what it enters
			return &refusal{fmt.Errorf("%w, together with what was written at the same time: import it again", budget.ErrUncountable)}
		}
		i = &intake{w: w}
		return w.take(i, f)
	})
	if err != nil {
		return fmt.Errorf("budget/sqlite: import: %w", err)
	}
	return nil
}

// take has f enter all that it wants into i, or undoes what it did.
func (w *writer) take(i *intake, f func(books.Intake) error) error {
	before := w.sums.clone()
	if err := w.exec(w.stmts.savepoint); err != nil {
		return err
	}
	err := f(i)
	switch {
	case i.failed != nil: // all of the transaction
		return i.failed
	case err == nil:
		return w.exec(w.stmts.release)
	}
	w.sums, w.period = before, 0
	if undo := w.exec(w.stmts.undo); undo != nil {
		return undo
	}
	return &refusal{err}
}

// intake is the writer's transaction while an import enters what it reads.
type intake struct {
	w      *writer
	failed error // of the database
}

// fail notes an error that leaves the transaction unfit.
func (i *intake) fail(err error) error {
	if err != nil && !isRefusal(err) && i.failed == nil {
		i.failed = err
	}
	return err
}

// Run implements [books.Intake].
func (i *intake) Run(id string) (r books.Run, there bool, err error) {
	return one(i, query(background, i.w.conn, scanRun, selectFromRuns+"WHERE id = ?", id))
}

// one returns the only row of a query, if there is one.
func one[T any](i *intake, rows iter.Seq2[T, error]) (row T, there bool, err error) {
	for r, err := range rows {
		if err != nil {
			return row, false, i.fail(err)
		}
		row, there = r, true
	}
	return row, there, nil
}

const importRun = `INSERT INTO runs (seq, id, task_file, digest, started, ended, status, simulated)
	VALUES ((SELECT min(0, coalesce(min(seq), 0)) - 1 FROM runs), ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, status = excluded.status`

// EnterRun implements [books.Intake]. Imported runs have numbers below zero.
func (i *intake) EnterRun(r books.Run) error {
	var ended any
	if !r.Ended.IsZero() {
		ended = r.Ended.UnixNano()
	}
	_, err := i.w.conn.ExecContext(background, importRun, r.ID, r.TaskFile, r.Digest, r.Started.UnixNano(), ended, r.Status, r.Simulated)
	return i.fail(err)
}

// Entry implements [books.Intake].
func (i *intake) Entry(id string, op budget.Op) (e budget.Entry, there bool, err error) {
	rows, err := i.w.stmts.findEntry.QueryContext(background, id, string(op))
	if err != nil {
		return e, false, i.fail(err)
	}
	return one(i, scanAll(rows, scanEntry))
}

// Enter implements [books.Intake].
func (i *intake) Enter(e budget.Entry) (entered bool, err error) {
	lines, err := newLines([]budget.Entry{e})
	if err != nil {
		return false, err
	}
	l := &lines[0]
	if l.seq, err = i.w.put(l); l.seq == 0 || err != nil {
		return false, i.fail(err)
	}
	i.w.sums.add(*l)
	return true, i.fail(i.w.consequences(l.Entry, l.seq))
}

// LowestPeriod implements [books.Intake].
func (i *intake) LowestPeriod() (int64, error) {
	var lowest sql.NullInt64
	err := i.w.conn.QueryRowContext(background, "SELECT min(id) FROM periods").Scan(&lowest)
	return min(0, lowest.Int64), i.fail(err)
}

// BeginPeriod implements [books.Intake].
func (i *intake) BeginPeriod(id int64, start time.Time) error {
	const begin = "INSERT INTO periods (id, start) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET start = excluded.start"
	_, err := i.w.conn.ExecContext(background, begin, id, start.UnixNano())
	return i.fail(err)
}

// Total implements [books.Intake].
func (i *intake) Total(a budget.Account) (budget.Counters, error) {
	stored, err := storedTotal(i.w.conn, a)
	if err != nil {
		return stored, i.fail(err)
	}
	sum, err := stored.Plus(i.w.sums.totals[a])
	if errors.Is(err, budget.ErrUncountable) {
		err = i.w.sums.uncountable(a)
	}
	return sum, err
}

// storable reports whether the books can write t.
func storable(t time.Time) bool { return time.Unix(0, t.UnixNano()).Equal(t) }

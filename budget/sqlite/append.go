package sqlite

import (
	"cmp"
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Append implements [budget.Ledger]. It returns when the entries are on disk, and takes no notice of ctx
// being cancelled: what is submitted is carried out. Appends that are made at the same time share one
// fsync; a conflict in one of them does not concern the others. After an error it may be repeated as it was.
func (l *Ledger) Append(_ context.Context, entries ...budget.Entry) error {
	lines, err := newLines(entries)
	if err != nil {
		return err
	}
	return l.submit(func(w *writer) error { return w.append(lines) })
}

// line is an entry and what it is in the table, worked out before the writer's time is taken.
type line struct {
	budget.Entry
	values []any
	say    uint64 // which of them are to be bound
	seq    int64  // once it is written; 0 if it was there before
}

func newLines(entries []budget.Entry) ([]line, error) {
	lines := make([]line, len(entries))
	for i, e := range entries {
		if err := e.Validate(); err != nil {
			return nil, err
		}
		values, err := entryValues(e)
		if err != nil {
			return nil, err
		}
		lines[i] = line{Entry: e, values: values, say: saying(values)}
	}
	return lines, nil
}

// append writes lines, all or none.
func (w *writer) append(lines []line) error {
	if len(lines) == 1 { // one insert needs no savepoint to be all or none
		err := w.insert(&lines[0])
		if err == nil {
			w.sums.add(lines[0])
		}
		return err
	}
	if err := w.exec(w.stmts.savepoint); err != nil {
		return err
	}
	for i := range lines {
		err := w.insert(&lines[i])
		if isRefusal(err) {
			w.period = 0 // the row that it stands for may go with the savepoint
			return cmp.Or(w.exec(w.stmts.undo), err)
		}
		if err != nil {
			return err // of the whole transaction
		}
	}
	for _, line := range lines {
		w.sums.add(line)
	}
	return w.exec(w.stmts.release)
}

// insert writes one entry, unless it was already there, and what follows from it, except for the sums.
func (w *writer) insert(l *line) (err error) {
	if l.seq, err = w.put(l); err != nil {
		return err
	}
	if l.seq == 0 {
		return w.repeated(l.Entry)
	}
	return w.consequences(l.Entry, l.seq)
}

// put writes one entry alone and returns its seq: 0 if its ID and Op are taken.
func (w *writer) put(l *line) (seq int64, err error) {
	result, err := w.stmts.insertEntry.exec(background, l.say, l.values)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil || n == 0 {
		return 0, err
	}
	return result.LastInsertId()
}

// repeated refuses e unless the entry that has its place is the same.
func (w *writer) repeated(e budget.Entry) error {
	rows, err := w.stmts.findEntry.QueryContext(background, e.ID, string(e.Op))
	if err != nil {
		return err
	}
	for there, err := range scanAll(rows, scanEntry) {
		if err != nil {
			return err
		}
		if there.Same(e) {
			return nil
		}
	}
	return &refusal{fmt.Errorf("%w: %s %s", budget.ErrConflict, e.Op, e.ID)}
}

// consequences keeps the tables that follow from the entries.
func (w *writer) consequences(e budget.Entry, seq int64) error {
	if len(e.Result) > 0 {
		if err := w.exec(w.stmts.insertResult, seq, e.Result); err != nil {
			return err
		}
	}
	if e.Period != 0 && e.Period != w.period {
		if err := w.exec(w.stmts.seePeriod, e.Period, e.Time.UnixNano()); err != nil {
			return err
		}
		w.period = e.Period
	}
	switch e.Op {
	case budget.OpReserve:
		return w.exec(w.stmts.openHold, e.ID, seq)
	case budget.OpSettle, budget.OpRelease:
		return w.exec(w.stmts.closeHold, e.ID)
	case budget.OpReset:
		return w.exec(w.stmts.resetPeriod, e.Period, e.Time.UnixNano(), seq)
	}
	return nil
}

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

const (
	// The plus keeps the query off the row ids, so that it walks down the index of resets and stops at once.
	selectPeriod = "SELECT id, start FROM periods WHERE +id > 0 ORDER BY reset DESC NULLS LAST, id DESC LIMIT 1"
	selectOpen   = selectEntries + "WHERE seq IN (SELECT seq FROM holds) ORDER BY seq"
)

// Load implements [budget.Ledger]. What it returns is of one moment: all appends that returned before the
// call, and none or all of every other. Its cost depends on the open holds and the accounts asked for, not
// on how many entries there are. [budget.Period].End is not known to a ledger and stays zero.
func (l *Ledger) Load(ctx context.Context, runs ...string) (budget.State, error) {
	state, _, err := l.load(ctx, selectRunTotals, runs)
	return state, err
}

// LoadWide implements [books.Totals].
func (l *Ledger) LoadWide(ctx context.Context, runs ...string) (state budget.State, tasks int, err error) {
	return l.load(ctx, selectWideTotals, runs)
}

func (l *Ledger) load(ctx context.Context, runTotals string, runs []string) (state budget.State, tasks int, err error) {
	defer func() {
		if err != nil {
			state, tasks, err = budget.State{}, 0, fmt.Errorf("budget/sqlite: load: %w", l.explain(err))
		}
	}()
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return state, 0, l.closedOr(err)
	}
	defer tx.Rollback()

	if state.Period, err = loadPeriod(ctx, tx); err != nil {
		return state, 0, err
	}
	state.Totals = make(map[budget.Account]budget.Counters)
	if err := loadTotals(ctx, tx, state.Totals, selectPeriodTotals, state.Period.ID); err != nil {
		return state, 0, err
	}
	for _, run := range runs {
		if err := loadTotals(ctx, tx, state.Totals, runTotals, run); err != nil {
			return state, 0, err
		}
		var n int
		if err := tx.QueryRowContext(ctx, countTasks, run).Scan(&n); err != nil {
			return state, 0, err
		}
		tasks += n
	}
	for e, err := range query(ctx, tx, scanEntry, selectOpen) {
		if err != nil {
			return state, 0, err
		}
		state.Open = append(state.Open, e)
	}
	return state, tasks, nil
}

// loadPeriod returns the period that the newest reset began or, without a reset, the highest above zero
// that was seen.
func loadPeriod(ctx context.Context, q queryer) (p budget.Period, err error) {
	var start int64
	row := q.QueryRowContext(ctx, selectPeriod)
	if err := row.Scan(&p.ID, &start); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return budget.Period{}, err
	}
	p.Start = time.Unix(0, start).UTC()
	return p, nil
}

func loadTotals(ctx context.Context, q queryer, into map[budget.Account]budget.Counters, text string, arg any) error {
	for t, err := range query(ctx, q, scanTotal, text, arg) {
		if err != nil {
			return err
		}
		into[t.Account] = t.Counters
	}
	return nil
}

// All yields every entry in the order in which they were appended, as of the moment it begins. Appends go
// on meanwhile.
func (l *Ledger) All(ctx context.Context) iter.Seq2[budget.Entry, error] {
	return l.Entries(ctx, books.Filter{})
}

// rows is query for the methods of a ledger, in a transaction of its own.
func rows[T any](ctx context.Context, l *Ledger, scan func(*sql.Rows) (T, error), text string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range query(ctx, l.read, scan, text, args...) {
			if err != nil {
				err = fmt.Errorf("budget/sqlite: read: %w", l.explain(l.closedOr(err)))
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// query yields the rows of a query. It ends with the first error.
func query[T any](ctx context.Context, q queryer, scan func(*sql.Rows) (T, error), text string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := q.QueryContext(ctx, text, args...)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		scanAll(rows, scan)(yield)
	}
}

// scanAll yields the rows and closes them.
func scanAll[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer rows.Close()
		for rows.Next() {
			if v, err := scan(rows); !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}

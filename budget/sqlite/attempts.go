package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// selectAttempt finds an attempt and its corrections, whose ids are the attempt's and ~1, ~2, ...: '~' is
// followed by '\x7f', so that both are ranges of the index.
const selectAttempt = selectEntries + `WHERE (id = ?1 AND op IN ('reserve', 'settle', 'release', 'record'))
	OR (id > ?1 || '~' AND id < ?1 || x'7f' AND op = 'adjust') ORDER BY seq`

// Attempt implements [books.Entries].
func (l *Ledger) Attempt(ctx context.Context, id string) ([]budget.Entry, error) {
	return collect(rows(ctx, l, scanEntry, selectAttempt, id))
}

// An attempt is assumed as these conditions of two indexes of its own have it; the one is in order of reason, the
// other in order of seq.
const (
	assumed     = `assumed = 1 AND op IN ('settle', 'release') AND period >= 0`
	uncorrected = ` AND NOT EXISTS (SELECT 1 FROM entries AS a WHERE a.id = e.id || '~1' AND a.op = 'adjust')`

	fromUnconfirmed = ` FROM entries AS e INDEXED BY entries_assumed WHERE ` + assumed + ` AND reason IN (?, ?, ?)` + uncorrected

	sumUnconfirmed    = `SELECT reason, count(*), sum(used_tokens >> 32), sum(used_tokens & 0xffffffff), sum(used_nano_usd >> 32), sum(used_nano_usd & 0xffffffff), sum(unpriced)` + fromUnconfirmed + ` GROUP BY reason`
	selectUnconfirmed = selectEntries + `WHERE seq IN (SELECT seq` + fromUnconfirmed + ` ORDER BY seq DESC LIMIT ?) ORDER BY seq DESC`

	fromAssumed   = ` FROM entries AS e INDEXED BY entries_assumed_in_order WHERE ` + assumed + uncorrected
	selectAssumed = selectEntries + `WHERE seq IN (SELECT seq` + fromAssumed + `) ORDER BY seq DESC`
	findOther     = `SELECT 1` + fromAssumed + ` AND reason NOT IN (?, ?, ?) ORDER BY seq DESC LIMIT 1`
)

// Unconfirmed implements [books.Lapses]. It does not read the other entries.
func (l *Ledger) Unconfirmed(ctx context.Context, newest int) (u books.Unconfirmed, err error) {
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return u, l.closedOr(err)
	}
	defer tx.Rollback()
	scan := func(rows *sql.Rows) (string, error) { return scanUnconfirmed(rows, &u) }
	reasons := []any{budget.ReasonRecovered, budget.ReasonReturned, budget.ReasonLeaked}
	for _, err := range query(ctx, tx, scan, sumUnconfirmed, reasons...) {
		if err != nil {
			return books.Unconfirmed{}, fmt.Errorf("budget/sqlite: read: %w", err)
		}
	}
	for _, err := range query(ctx, tx, scanText, findOther, reasons...) {
		if err != nil {
			return books.Unconfirmed{}, fmt.Errorf("budget/sqlite: read: %w", err)
		}
		u.Others = true
	}
	u.Newest, err = collect(query(ctx, tx, scanEntry, selectUnconfirmed, append(reasons, newest)...))
	if err != nil {
		return books.Unconfirmed{}, fmt.Errorf("budget/sqlite: read: %w", err)
	}
	return u, nil
}

// scanUnconfirmed adds the sums of one reason to u. Their halves come apart, for SQLite refuses a sum that an int64 does not hold.
func scanUnconfirmed(rows *sql.Rows, u *books.Unconfirmed) (reason string, err error) {
	var n, unpriced int
	var high, low budget.Amount
	if err := rows.Scan(&reason, &n, &high.Tokens, &low.Tokens, &high.Cost, &low.Cost, &unpriced); err != nil {
		return reason, err
	}
	high.Tokens, high.Cost = high.Tokens+low.Tokens>>32, high.Cost+low.Cost>>32
	if most := (budget.Amount{Tokens: 1 << 30, Cost: 1 << 30}); high.Max(most) != most || most.Max(budget.Amount{}.Sub(high)) != most {
		return reason, fmt.Errorf("%w: what was charged by assumption", budget.ErrUncountable)
	}
	charged := budget.Amount{Tokens: high.Tokens<<32 + low.Tokens&0xffffffff, Cost: high.Cost<<32 + low.Cost&0xffffffff}
	sum, err := budget.Counters{Settled: u.Charged}.Plus(budget.Counters{Settled: charged})
	if err != nil {
		return reason, fmt.Errorf("%w: what was charged by assumption", err)
	}
	if reason == budget.ReasonLeaked {
		u.Leaked += n
	} else {
		u.Recovered += n
	}
	u.Unpriced, u.Charged = u.Unpriced+unpriced, sum.Settled
	return reason, nil
}

// Assumed implements [books.Lapses].
func (l *Ledger) Assumed(ctx context.Context) ([]budget.Entry, error) {
	return collect(rows(ctx, l, scanEntry, selectAssumed))
}

func collect[T any](all iter.Seq2[T, error]) (list []T, err error) {
	for v, err := range all {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

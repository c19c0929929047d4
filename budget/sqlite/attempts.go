package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/orchestrate-go/orchestrate/budget"
)

// selectAttempt finds an attempt and its corrections, whose ids are the attempt's and ~1, ~2, ...: '~' is
// followed by '\x7f', so that both are ranges of the index.
const selectAttempt = selectEntries + `WHERE (id = ?1 AND op IN ('reserve', 'settle', 'release', 'record'))
	OR (id > ?1 || '~' AND id < ?1 || x'7f' AND op = 'adjust') ORDER BY seq`

// Attempt returns what the books have of an attempt, in order: its reservation, how that ended (or the
// record of it), and its corrections. It is what [budget.Manager.Adjust] takes. An unknown attempt has no
// entries.
func (l *Ledger) Attempt(ctx context.Context, id string) ([]budget.Entry, error) {
	return collect(rows(ctx, l, scanEntry, selectAttempt, id))
}

// Unconfirmed are attempts that the books charged, or released, by assumption because nobody learnt what they used: their
// owner died, they were neither settled nor released in time, they were aborted, or the provider did not say.
// Corrected and imported ones are not among them.
type Unconfirmed struct {
	Recovered int           // whose owner died
	Leaked    int           // neither settled nor released in time
	Others    int           // settled as assumed by their callers
	Unpriced  int           // those of unknown cost
	Charged   budget.Amount // for all of them
	Newest    []budget.Entry
}

const (
	fromUnconfirmed = ` FROM entries AS e INDEXED BY entries_assumed WHERE assumed = 1 AND op IN ('settle', 'release') AND period >= 0
		AND NOT EXISTS (SELECT 1 FROM entries AS a WHERE a.id = e.id || '~1' AND a.op = 'adjust')`

	sumUnconfirmed    = `SELECT reason, count(*), sum(used_tokens), sum(used_nano_usd), sum(unpriced)` + fromUnconfirmed + ` GROUP BY reason`
	selectUnconfirmed = selectEntries + `WHERE seq IN (SELECT seq` + fromUnconfirmed + ` ORDER BY seq DESC LIMIT ?) ORDER BY seq DESC`
)

// Unconfirmed counts such attempts and returns the newest of them, at most that many. It does not read the
// other entries.
func (l *Ledger) Unconfirmed(ctx context.Context, newest int) (u Unconfirmed, err error) {
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return u, l.closedOr(err)
	}
	defer tx.Rollback()
	scan := func(rows *sql.Rows) (reason string, err error) {
		var n, unpriced int
		var charged budget.Amount
		err = rows.Scan(&reason, &n, &charged.Tokens, &charged.Cost, &unpriced)
		switch reason {
		case budget.ReasonRecovered, budget.ReasonReturned:
			u.Recovered += n
		case budget.ReasonLeaked:
			u.Leaked = n
		default:
			u.Others += n
		}
		u.Unpriced, u.Charged = u.Unpriced+unpriced, u.Charged.Add(charged)
		return reason, err
	}
	for _, err := range query(ctx, tx, scan, sumUnconfirmed) {
		if err != nil {
			return Unconfirmed{}, fmt.Errorf("budget/sqlite: read: %w", err)
		}
	}
	u.Newest, err = collect(query(ctx, tx, scanEntry, selectUnconfirmed, newest))
	if err != nil {
		return Unconfirmed{}, fmt.Errorf("budget/sqlite: read: %w", err)
	}
	return u, nil
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

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

const totalColumns = `period, run, kind, name,
	settled_tokens, settled_nano_usd, held_tokens, held_nano_usd,
	assumed_tokens, assumed_nano_usd, overrun_tokens, overrun_nano_usd, unpriced_tokens,
	debt_overrun_tokens, debt_overrun_nano_usd, debt_recorded_tokens, debt_recorded_nano_usd,
	debt_lowered_tokens, debt_lowered_nano_usd, debt_soft_tokens, debt_soft_nano_usd`

const putTotals = `INSERT OR REPLACE INTO totals (` + totalColumns + `)
	VALUES (?,?,?,?, ?,?,?,?, ?,?,?,?,?, ?,?,?,?, ?,?,?,?)`

// addTotals is the statement that adds to an account what [budget.Counters.Apply] made of new entries, starting from
// nothing. That equals applying them to the stored counters because counters are sums. It changes no row where a sum is
// large: four that are not may be added up. Counters that do not move are not written.
func addTotals(values []string) string {
	var set, sums []string
	for i, column := range strings.Split(totalColumns, ",") {
		if i < len(accountColumns) {
			continue
		}
		sum := strings.TrimSpace(column)
		if values[i] == "?" {
			set = append(set, sum+" = "+sum+" + excluded."+sum)
			sum += " + excluded." + sum
		}
		sums = append(sums, sum)
	}
	text := `INSERT INTO totals (` + totalColumns + `) VALUES (` + commas(values) + `) ON CONFLICT (` + commas(accountColumns) + `) DO `
	if len(set) == 0 {
		return text + "NOTHING"
	}
	return fmt.Sprintf("%sUPDATE SET %s WHERE max(%s) <= %d AND min(%s) >= %d", text, commas(set), commas(sums), int64(large), commas(sums), -int64(large))
}

// accountColumns name an account: the first of totalColumns.
var accountColumns = []string{"period", "run", "kind", "name"}

// large is what a sum may come to before it takes a look whether it can be counted.
const large = 1 << 60

// The totals of a period, those of a run with or without its tasks, and that of an account. All read a prefix of the primary key.
const (
	selectPeriodTotals = `SELECT ` + totalColumns + ` FROM totals
		WHERE period = ? AND run = '' AND kind IN ('total', 'model', 'label')`
	selectRunTotals = `SELECT ` + totalColumns + ` FROM totals
		WHERE period = 0 AND run = ? AND kind IN ('run', 'worker', 'task')`
	selectWideTotals = `SELECT ` + totalColumns + ` FROM totals
		WHERE period = 0 AND run = ? AND kind IN ('run', 'worker')`
	selectTotal = `SELECT ` + totalColumns + ` FROM totals
		WHERE period = ? AND run = ? AND kind = ? AND name = ?`
	countTasks = `SELECT count(*) FROM totals WHERE period = 0 AND run = ? AND kind = 'task'`
)

// Totals implements [books.Totals].
func (l *Ledger) Totals(ctx context.Context, accounts ...budget.Account) (map[budget.Account]budget.Counters, error) {
	totals := make(map[budget.Account]budget.Counters)
	tx, err := l.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("budget/sqlite: read: %w", l.closedOr(err))
	}
	defer tx.Rollback()
	for _, a := range accounts {
		for t, err := range query(ctx, tx, scanTotal, selectTotal, a.Period, a.Run, string(a.Scope.Kind), a.Scope.Name) {
			if err != nil {
				return nil, fmt.Errorf("budget/sqlite: read: %w", l.explain(err))
			}
			totals[t.Account] = t.Counters
		}
	}
	return totals, nil
}

// totalValues returns an account and its counters as the values of totalColumns.
func totalValues(a budget.Account, c budget.Counters) []any {
	d := c.Debt
	return []any{
		a.Period, a.Run, string(a.Scope.Kind), a.Scope.Name,
		c.Settled.Tokens, int64(c.Settled.Cost), c.Held.Tokens, int64(c.Held.Cost),
		c.Assumed.Tokens, int64(c.Assumed.Cost), c.Overrun.Tokens, int64(c.Overrun.Cost), c.Unpriced,
		d.Overrun.Tokens, int64(d.Overrun.Cost), d.Recorded.Tokens, int64(d.Recorded.Cost),
		d.Lowered.Tokens, int64(d.Lowered.Cost), d.Soft.Tokens, int64(d.Soft.Cost),
	}
}

// scanTotal reads the current row of a query for totalColumns.
func scanTotal(rows *sql.Rows) (t books.AccountTotal, err error) {
	c, d := &t.Counters, &t.Debt
	err = rows.Scan(
		&t.Period, &t.Run, &t.Scope.Kind, &t.Scope.Name,
		&c.Settled.Tokens, &c.Settled.Cost, &c.Held.Tokens, &c.Held.Cost,
		&c.Assumed.Tokens, &c.Assumed.Cost, &c.Overrun.Tokens, &c.Overrun.Cost, &c.Unpriced,
		&d.Overrun.Tokens, &d.Overrun.Cost, &d.Recorded.Tokens, &d.Recorded.Cost,
		&d.Lowered.Tokens, &d.Lowered.Cost, &d.Soft.Tokens, &d.Soft.Cost,
	)
	return t, err
}

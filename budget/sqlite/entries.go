package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Entries implements [books.Entries]. A run, a period or a time is looked for where it stands in the books: the
// entries of one run cost the same in books of a thousand entries and of a million.
func (l *Ledger) Entries(ctx context.Context, f books.Filter) iter.Seq2[budget.Entry, error] {
	where, args := conditions(f)
	return rows(ctx, l, scanEntry, selectEntries+where+" ORDER BY seq", args...)
}

// conditions returns f as a WHERE clause. The spans that may hold what f chooses say where to look.
func conditions(f books.Filter) (where string, args []any) {
	var entries, spans clause
	if f.Run != "" {
		entries.add("run = ?", f.Run)
		spans.add("run = ?", f.Run)
	}
	if f.Period != 0 {
		entries.add("period = ?", f.Period)
		spans.add("period = ?", f.Period)
	}
	if !f.Since.IsZero() || !f.Until.IsZero() {
		since, until := nanos(f.Since, math.MinInt64), nanos(f.Until, math.MaxInt64)
		entries.add("time >= ? AND time < ?", since, until)
		spans.add("day BETWEEN ? AND ?", day(since), day(until))
	}
	if in := " FROM spans" + spans.where(); len(spans.conditions) > 0 {
		entries.add("seq >= (SELECT min(first)"+in+")", spans.args...)
		entries.add("seq <= (SELECT max(last)"+in+")", spans.args...)
	}
	if f.Charging {
		entries.add("(op IN ('settle', 'release', 'record', 'adjust') OR debts <> '[]')")
	}
	return entries.where(), entries.args
}

// clause is a WHERE clause that is being put together.
type clause struct {
	conditions []string
	args       []any
}

func (c *clause) add(condition string, args ...any) {
	c.conditions, c.args = append(c.conditions, condition), append(c.args, args...)
}

func (c *clause) where() string {
	if len(c.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.conditions, " AND ")
}

// nanos returns t as the books write it, cut to what an int64 holds, and none for the zero time.
func nanos(t time.Time, none int64) int64 {
	switch {
	case t.IsZero():
		return none
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// Periods implements [books.Totals].
func (l *Ledger) Periods(ctx context.Context) ([]budget.Period, error) {
	var periods []budget.Period
	for p, err := range rows(ctx, l, scanPeriod, "SELECT id, start FROM periods ORDER BY id") {
		if err != nil {
			return nil, err
		}
		if n := len(periods); n > 0 && periods[n-1].ID > 0 {
			periods[n-1].End = p.Start
		}
		periods = append(periods, p)
	}
	return periods, nil
}

func scanPeriod(rows *sql.Rows) (p budget.Period, err error) {
	var start int64
	err = rows.Scan(&p.ID, &start)
	p.Start = time.Unix(0, start).UTC()
	return p, err
}

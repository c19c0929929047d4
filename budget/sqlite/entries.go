package sqlite

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Entries yields the entries that f chooses in the order in which they were appended, as of the moment it
// begins. Appends go on meanwhile. A run, a period or a time is found by an index: the entries of one run
// cost the same in books of a thousand entries and of a million.
func (l *Ledger) Entries(ctx context.Context, f budget.Filter) iter.Seq2[budget.Entry, error] {
	where, args := conditions(f)
	return rows(ctx, l, scanEntry, selectEntries+where+" ORDER BY seq", args...)
}

// conditions returns f as a WHERE clause.
func conditions(f budget.Filter) (where string, args []any) {
	var all []string
	add := func(condition string, values ...any) {
		all, args = append(all, condition), append(args, values...)
	}
	if f.Run != "" {
		add("run = ?", f.Run)
	}
	if f.Period != 0 {
		add("period = ?", f.Period)
	}
	if !f.Since.IsZero() || !f.Until.IsZero() {
		between, since, until := "time >= ? AND time < ?", nanos(f.Since, math.MinInt64), nanos(f.Until, math.MaxInt64)
		if f.Run == "" && f.Period == 0 {
			// Apart, so that the index on time is not passed over for being in order by seq without it.
			between = "seq IN (SELECT seq FROM entries WHERE " + between + ")"
		}
		add(between, since, until)
	}
	if f.Charging {
		add("(op IN ('settle', 'release', 'record', 'adjust') OR debts <> '[]')")
	}
	if len(all) == 0 {
		return "", nil
	}
	return "WHERE " + strings.Join(all, " AND "), args
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

// Periods returns all periods, oldest number first: below zero those that were imported, above it the
// ledger's own. Each but the newest of its own ends where the next begins; the end of an imported one is not
// known.
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

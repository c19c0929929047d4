package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/orchestrate-go/orchestrate/budget/books"
)

// Check implements [books.View]: the spans, the contents of results, and the file. SQLite must find the file sound, and
// every reference kept.
func (v *view) Check(ctx context.Context, tell func(books.Problem)) error {
	addf := func(table, format string, args ...any) {
		tell(books.Problem{Table: table, What: fmt.Sprintf(format, args...)})
	}
	for _, check := range []func(context.Context, func(table, format string, args ...any)) error{v.tables, v.integrity, v.references} {
		err := check(ctx, addf)
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil || !v.Damaged(err):
			return err
		}
		addf("file", "%v", err)
	}
	return nil
}

// Damaged implements [books.View]: SQLite calls the file damaged, or a value is of another type than its column's, which
// the driver cannot scan and has no code for.
func (v *view) Damaged(err error) bool {
	if v.ledger.closedOr(nil) != nil {
		return false
	}
	switch code(err) {
	case 0, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

// tables checks those that follow from entries which could all be read.
func (v *view) tables(ctx context.Context, addf func(table, format string, args ...any)) error {
	if !v.whole {
		return nil
	}
	want := maps.Clone(v.stand)
	for s, err := range query(ctx, v.tx, scanSpan, selectSpans) {
		if err != nil {
			return err
		}
		reach, ok := want[s.span]
		delete(want, s.span)
		switch {
		case !ok:
			addf("spans", "%v has no entries", s.span)
		case s.reach != reach:
			addf("spans", "%v goes from entry %d to %d, its entries from %d to %d", s.span, s.first, s.last, reach.first, reach.last)
		}
	}
	for _, s := range slices.SortedFunc(maps.Keys(want), compareSpans) {
		addf("spans", "%v is missing, its entries go from %d to %d", s, want[s].first, want[s].last)
	}
	scan := func(rows *sql.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	}
	// Contents of other entries are found with the entries.
	for seq, err := range query(ctx, v.tx, scan, "SELECT seq FROM results WHERE seq NOT IN (SELECT seq FROM entries)") {
		if err != nil {
			return err
		}
		addf("results", "a result belongs to entry %d, which is not there", seq)
	}
	return nil
}

func compareSpans(a, b span) int {
	return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.period, b.period), cmp.Compare(a.day, b.day))
}

func (v *view) integrity(ctx context.Context, addf func(table, format string, args ...any)) error {
	for text, err := range query(ctx, v.tx, scanText, "PRAGMA integrity_check(20)") {
		if err != nil {
			return err
		}
		if text != "ok" {
			addf("file", "%s", text)
		}
	}
	return nil
}

func (v *view) references(ctx context.Context, addf func(table, format string, args ...any)) error {
	scan := func(rows *sql.Rows) (what string, err error) {
		var table, parent string
		var row, key sql.NullInt64
		err = rows.Scan(&table, &row, &parent, &key)
		return fmt.Sprintf("row %d of %s refers to a row of %s that is not there", row.Int64, table, parent), err
	}
	for what, err := range query(ctx, v.tx, scan, "PRAGMA foreign_key_check") {
		if err != nil {
			return err
		}
		addf("file", "%s", what)
	}
	return nil
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// statements are those of the writer, prepared once.
type statements struct {
	begin, commit, rollback  *sql.Stmt
	savepoint, release, undo *sql.Stmt
	findEntry                *sql.Stmt
	insertResult             *sql.Stmt
	openHold, closeHold      *sql.Stmt
	seePeriod, resetPeriod   *sql.Stmt
	putTotals                *sql.Stmt
	addSpan                  *sql.Stmt
	beginRun, endRun         *sql.Stmt

	insertEntry, addTotals sparse

	all []*sql.Stmt
}

// prepare prepares the writer's statements. Close them also after an error.
func prepare(ctx context.Context, conn *sql.Conn) (s statements, err error) {
	s.insertEntry, s.addTotals = newSparse(conn, insertEntry), newSparse(conn, addTotals)
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&s.begin, "BEGIN IMMEDIATE"},
		{&s.commit, "COMMIT"},
		{&s.rollback, "ROLLBACK"},
		{&s.savepoint, "SAVEPOINT request"},
		{&s.release, "RELEASE request"},
		{&s.undo, "ROLLBACK TO request; RELEASE request"},
		{&s.findEntry, selectEntries + "WHERE id = ? AND op = ?"},
		{&s.insertResult, "INSERT INTO results (seq, result) VALUES (?, ?)"},
		{&s.openHold, "INSERT INTO holds (id, seq) VALUES (?, ?)"},
		{&s.closeHold, "DELETE FROM holds WHERE id = ?"},
		{&s.seePeriod, "INSERT INTO periods (id, start) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{&s.resetPeriod, `INSERT INTO periods (id, start, reset) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET start = excluded.start, reset = excluded.reset`},
		{&s.putTotals, putTotals},
		{&s.addSpan, addSpan},
		{&s.beginRun, beginRun},
		{&s.endRun, endRun},
	} {
		if *p.stmt, err = conn.PrepareContext(ctx, p.query); err != nil {
			return s, err
		}
		s.all = append(s.all, *p.stmt)
	}
	return s, nil
}

// close closes the statements. It must come before the connection is closed, which would otherwise stay
// open behind the scenes: database/sql does not keep track of the statements of a single connection.
func (s statements) close() error {
	errs := []error{s.insertEntry.close(), s.addTotals.close()}
	for _, stmt := range s.all {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}

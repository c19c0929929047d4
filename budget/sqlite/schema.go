package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
)

// applicationID marks a SQLite file as a ledger ("orch"), so that a file of another program that happens to
// be named is never written to.
const applicationID = 0x6f726368

// migration is a step from one schema version to the next.
type migration func(context.Context, *sql.Tx) error

// migrations[v] takes a file from schema version v to v+1. Version 0 is the empty file. Steps are only
// ever added: files of every earlier version exist somewhere.
var migrations = []migration{script(schema1), script(schema2), addChecksums, script(schema4)}

var (
	//go:embed schema1.sql
	schema1 string

	//go:embed schema2.sql
	schema2 string

	//go:embed schema3.sql
	schema3 string

	//go:embed schema4.sql
	schema4 string
)

// script is a migration that is nothing but SQL.
func script(text string) migration {
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	}
}

// addChecksums is schema3 and what SQL cannot compute. A result that was lost before leaves no trace: an entry may be
// without one, if it was imported from an export that left it out.
func addChecksums(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, schema3); err != nil {
		return err
	}
	type sum struct{ seq, checksum any }
	scan := func(rows *sql.Rows) (s sum, err error) {
		var result sql.RawBytes
		err = rows.Scan(&s.seq, &result)
		s.checksum = checksum(result)
		return s, err
	}
	sums, err := collect(query(ctx, tx, scan, "SELECT seq, result FROM results"))
	if err != nil {
		return err
	}
	for _, s := range sums {
		if _, err := tx.ExecContext(ctx, "UPDATE entries SET result_crc32c = ? WHERE seq = ?", s.checksum, s.seq); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
		BEGIN SELECT raise(ABORT, 'entries are never changed'); END`)
	return err
}

// schemaVersion is the version that this program writes.
func schemaVersion() int { return len(migrations) }

// inspect returns the schema version of an open file; 0 is an empty file. It writes nothing.
func inspect(ctx context.Context, q queryer, path string, known int) (version int, err error) {
	var application, objects int
	for _, read := range []struct {
		query string
		into  *int
	}{
		{"PRAGMA application_id", &application},
		{"PRAGMA user_version", &version},
		{"SELECT count(*) FROM sqlite_schema", &objects},
	} {
		if err := q.QueryRowContext(ctx, read.query).Scan(read.into); err != nil {
			return 0, explain(path, err)
		}
	}
	switch {
	case application == 0 && version == 0 && objects == 0:
		return 0, nil
	case application != applicationID:
		return 0, fmt.Errorf("%s is a database of another program, not a ledger", path)
	case version > known:
		return 0, &NewerError{Path: path, Version: version, Known: known}
	}
	return version, nil
}

// migrate takes the file from version to the newest that steps lead to, in one transaction.
func migrate(ctx context.Context, conn *sql.Conn, version int, steps []migration) error {
	if version == len(steps) {
		return nil
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range steps[version:] {
		if err := step(ctx, tx); err != nil {
			return err
		}
	}
	stamp := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps))
	if _, err := tx.ExecContext(ctx, stamp); err != nil {
		return err
	}
	return tx.Commit()
}

// queryer is what reads: a connection, a pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

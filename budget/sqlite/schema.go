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

// migrations[v] takes a file from schema version v to v+1. Version 0 is the empty file. Steps are only
// ever added: files of every earlier version exist somewhere.
var migrations = []string{schema1, schema2}

var (
	//go:embed schema1.sql
	schema1 string

	//go:embed schema2.sql
	schema2 string
)

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
func migrate(ctx context.Context, conn *sql.Conn, version int, steps []string) error {
	if version == len(steps) {
		return nil
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, step := range steps[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
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

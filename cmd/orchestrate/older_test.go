package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to make the books of an older program
)

// TestBooksOfAnOlderProgram: a command that only reads brings them up to date first; what it cannot write it
// leaves as it is.
func TestBooksOfAnOlderProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	faultProject(t, dir)
	if err := os.Mkdir(filepath.Join(dir, ".orchestrate"), 0o700); err != nil {
		t.Fatal(err)
	}
	ledger := filepath.Join(dir, ".orchestrate", "ledger.db")
	db, err := sql.Open("sqlite", ledger)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"schema1.sql", "testdata/v1.sql"} {
		text, err := os.ReadFile(filepath.Join("../../budget/sqlite", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x6f726368; PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	report := command(t, dir, nil, "report", "--run", "run-a").run(exitDone)
	if !strings.Contains(report, "run-a") {
		t.Errorf("the report says %s", report)
	}
	want(t, command(t, dir, nil, "ledger", "verify", "--json").run(exitDone), map[string]string{"entries": "80", "wrong": "0"})
}

package sqlite

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

var update = flag.Bool("update", false, "write the fixture of the present schema version anew")

// fixture is a file of a schema version as SQL, without its schema.
func fixture(version int) string { return fmt.Sprintf("testdata/v%d.sql", version) }

const fixtureEntries = 80

// TestWriteFixture writes, with -update, the fixture that later versions are tested from. The fixtures of
// earlier versions must not change: their program is gone.
func TestWriteFixture(t *testing.T) {
	if !*update {
		t.Skip("without -update")
	}
	l := openNew(t)
	if err := l.BeginRun(t.Context(), books.Run{ID: "run-a", TaskFile: "tasks.toml", Digest: "d", Started: time.Unix(7, 0), Status: "running"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), budgettest.NewBooks("fixture", 1).Take(fixtureEntries)...); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, table := range []string{"entries", "results", "holds", "totals", "spans", "periods", "runs"} {
		dump(t, l, table, &text)
	}
	if err := os.WriteFile(fixture(schemaVersion()), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// dump writes the rows of a table as statements.
func dump(t *testing.T, l *Ledger, table string, into *bytes.Buffer) {
	t.Helper()
	var columns string
	row := l.read.QueryRowContext(t.Context(), "SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info(?)", table)
	if err := row.Scan(&columns); err != nil {
		t.Fatal(err)
	}
	rows, err := l.read.QueryContext(t.Context(), "SELECT "+columns+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var values string
		if err := rows.Scan(&values); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(into, "INSERT INTO %s VALUES (%s);\n", table, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestEveryVersionOpens: a file of each version there ever was opens with all that was in it.
func TestEveryVersionOpens(t *testing.T) {
	for version := 1; version <= schemaVersion(); version++ {
		path := fileOfVersion(t, migrations[:version])
		text, err := os.ReadFile(fixture(version))
		if err != nil {
			t.Fatalf("%v (write it with go test -run TestWriteFixture -update)", err)
		}
		execute(t, path, string(text))

		l := openAt(t, path)
		entries := checkBooks(t, l)
		if n := len(entries); n != fixtureEntries {
			t.Errorf("version %d: %d entries, want %d", version, n, fixtureEntries)
		}
		if tiered := slices.ContainsFunc(entries, func(e budget.Entry) bool { return e.Tier != (budget.Tier{}) }); tiered != (version >= 4) {
			t.Errorf("version %d: tiers %v", version, tiered)
		}
		runs, err := l.Runs(t.Context())
		if err != nil || len(runs) != 1 || runs[0].ID != "run-a" || !runs[0].Started.Equal(time.Unix(7, 0)) {
			t.Errorf("version %d: runs %v, %v", version, runs, err)
		}
		if err := l.Append(t.Context(), budgettest.NewBooks("new", 2).Take(30)...); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		checkBooks(t, l)
		if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() {
			t.Errorf("version %d: %+v, %v", version, v, err)
		}
		if _, err := l.writer.db.ExecContext(t.Context(), "UPDATE entries SET time = 1"); err == nil || !strings.Contains(err.Error(), "never changed") {
			t.Errorf("version %d: entries can be changed", version)
		}
		m, err := budget.Open(t.Context(), budget.Config{Ledger: l}) // resolves its open holds
		if err != nil || m.Total().Held != (budget.Amount{}) {
			t.Errorf("version %d: %v", version, err)
		}
		if v, err := books.Verify(t.Context(), l, books.VerifyOptions{}); err != nil || !v.OK() || v.Open > 0 {
			t.Errorf("version %d, recovered: %+v, %v", version, v, err)
		}
	}
}

// TestMigrate: steps run once, in order, and all or none.
func TestMigrate(t *testing.T) {
	next := append(migrations[:len(migrations):len(migrations)],
		script("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"), script("UPDATE runs SET note = note || '!'"))
	path := fileOfVersion(t, migrations)
	execute(t, path, "INSERT INTO runs VALUES (1, 'r', '', '', 1, NULL, '', 0)")

	broken := append(next[:len(next):len(next)], script("UPDATE nothing SET at = all"))
	if err := migrateFile(t, path, broken); err == nil {
		t.Error("a broken step succeeded")
	}
	if version, err := versionOf(t, path, len(next)); err != nil || version != schemaVersion() {
		t.Errorf("after a broken step: version %d, %v", version, err)
	}
	for range 2 {
		if err := migrateFile(t, path, next); err != nil {
			t.Fatal(err)
		}
	}
	if version, err := versionOf(t, path, len(next)); err != nil || version != len(next) {
		t.Errorf("version %d, %v", version, err)
	}
	db := connect(path, "mode=ro")
	defer db.Close()
	var note string
	if err := db.QueryRowContext(t.Context(), "SELECT note FROM runs").Scan(&note); err != nil || note != "none!" {
		t.Errorf("note %q, %v: want each step once", note, err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("Open by the older program: %v", err)
	}
}

// fileOfVersion makes a file that is as those steps leave it.
func fileOfVersion(t *testing.T, steps []migration) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	execute(t, path, "PRAGMA journal_mode = WAL")
	if err := migrateFile(t, path, steps); err != nil {
		t.Fatal(err)
	}
	return path
}

func migrateFile(t *testing.T, path string, steps []migration) error {
	t.Helper()
	version, err := versionOf(t, path, len(steps))
	if err != nil {
		t.Fatal(err)
	}
	db := connect(path, "mode=rwc")
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return migrate(t.Context(), conn, version, steps)
}

func versionOf(t *testing.T, path string, known int) (int, error) {
	t.Helper()
	db := connect(path, "mode=ro")
	defer db.Close()
	return inspect(t.Context(), db, path, known)
}

func execute(t *testing.T, path, text string) {
	t.Helper()
	db := connect(path, "mode=rwc")
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

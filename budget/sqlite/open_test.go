package sqlite

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

// TestPlace: what Open makes, with which permissions.
func TestPlace(t *testing.T) {
	parent := t.TempDir()
	path := filepath.Join(parent, "odd ?#%41&=é", "ledger.db")
	l := openAt(t, path)
	if err := l.Append(t.Context(), budgettest.NewBooks("a", 1).Take(3)...); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{
		"": 0o700 | fs.ModeDir, "ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600,
		"ledger.db.lock": 0o600, ".gitignore": 0o600,
	} {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Error(err)
		} else if info.Mode() != want && runtime.GOOS != "windows" {
			t.Errorf("%q has mode %v, want %v", name, info.Mode(), want)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(filepath.Dir(path), ".gitignore")); string(text) != "*\n" {
		t.Errorf(".gitignore holds %q", text)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if names := list(t, filepath.Dir(path)); names != ".gitignore ledger.db ledger.db.lock" {
		t.Errorf("after Close there are %s", names)
	}
	openAt(t, filepath.Join(parent, "ledger.db"))
	if names := list(t, parent); strings.Contains(names, ".gitignore") {
		t.Errorf("a directory that was there got a .gitignore: %s", names)
	}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return strings.Join(names, " ")
}

// older makes the file of the first program.
func older(t *testing.T, path string) {
	t.Helper()
	if err := os.Rename(fileOfVersion(t, migrations[:1]), path); err != nil {
		t.Fatal(err)
	}
}

// TestOpenErrors: what cannot be opened, says why, and stays as it is.
func TestOpenErrors(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		owner   string // in Open's error
		reader  string // in OpenReader's
	}{
		{"nothing there", func(*testing.T, string) {}, "", "there is no ledger here yet"},
		{"empty file", write(""), "", "there is no ledger in it yet"},
		{"not a database", write(strings.Repeat("these are not the books. ", 100)), "is not a database", "is not a database"},
		{"another program's", run("CREATE TABLE bookmarks (url)"), "of another program", "of another program"},
		{"marked as another program's", run("PRAGMA application_id = 7"), "of another program", "of another program"},
		{"older", older, "", "has schema version 1, and this program reads"},
		{"newer", newer, "has schema version 1000, and this program knows only", "has schema version 1000"},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is a directory", "is a directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			r, err := OpenReader(t.Context(), path)
			checkOpenError(t, "OpenReader", r, err, path, test.reader)
			l, err := Open(t.Context(), path, Options{})
			checkOpenError(t, "Open", l, err, path, test.owner)
			after, _ := os.ReadFile(path)
			if test.owner != "" && !bytes.Equal(before, after) {
				t.Error("the file was touched")
			}
			if test.owner != "" { // the lock was given back: it fails for the same reason again
				_, err := Open(t.Context(), path, Options{})
				checkOpenError(t, "Open again", nil, err, path, test.owner)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "missing", "deeper", "ledger.db")
	_, err := Open(t.Context(), path, Options{})
	checkOpenError(t, "Open", nil, err, path, "directory "+filepath.Dir(path)+" does not exist")
	_, err = OpenReader(t.Context(), path)
	checkOpenError(t, "OpenReader", nil, err, path, "directory "+filepath.Dir(path)+" does not exist")
}

// checkOpenError closes l, and checks that err names the path and says want; "" is for no error.
func checkOpenError(t *testing.T, what string, l *Ledger, err error, path, want string) {
	t.Helper()
	if l != nil {
		defer l.Close()
	}
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path)):
		t.Errorf("%s: error %v, want %q and the path", what, err, want)
	}
}

func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func run(statement string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db := connect(path, "mode=rwc")
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// newer makes a ledger of a newer program that died, so that its last writes are only in the log.
func newer(t *testing.T, path string) {
	dead := filepath.Join(t.TempDir(), "ledger.db")
	c := startChild(t, "own", dead)
	c.line(t)
	c.kill()
	db := connect(dead, "mode=rw")
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(dead + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+suffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	newer(t, path)
	_, err := Open(t.Context(), path, Options{})
	var n *NewerError
	if !errors.As(err, &n) || n.Version != 1000 || n.Known != schemaVersion() {
		t.Errorf("%v, want *NewerError", err)
	}
}

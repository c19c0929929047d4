package sqlite

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestStore(t *testing.T) {
	budgettest.TestStore(t,
		func(t *testing.T) books.Store { return openNew(t) },
		func(t *testing.T, s books.Store) books.Store {
			l := s.(*Ledger)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return openAt(t, l.path)
		})
}

// openNew returns the owner of a new ledger.
func openNew(t testing.TB) *Ledger {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
}

// openAt returns the owner of the ledger at path until the test ends.
func openAt(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// filled returns the owner of a new ledger with these entries and a run.
func filled(t testing.TB, entries []budget.Entry) *Ledger {
	t.Helper()
	l := openNew(t)
	run := books.Run{ID: "run-a", TaskFile: "/a/tasks.toml", Digest: "d", Started: time.Unix(7, 8).UTC(), Status: "ended"}
	if err := errors.Join(l.BeginRun(t.Context(), run), l.Append(t.Context(), entries...)); err != nil {
		t.Fatal(err)
	}
	return l
}

func read(t testing.TB, l *Ledger) []budget.Entry {
	t.Helper()
	entries, err := collect(l.All(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

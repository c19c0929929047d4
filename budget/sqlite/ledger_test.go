package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestLedger(t *testing.T) {
	budgettest.TestLedger(t,
		func(t *testing.T) budgettest.Store { return openNew(t) },
		func(t *testing.T, s budgettest.Store) budgettest.Store {
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

package sqlite

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/budgettest/simulate"
)

// TestSimulation plays managers on real files. Each owner closes its file and the next opens it again.
func TestSimulation(t *testing.T) {
	simulate.Run(t, 2500,
		func(t *testing.T) budgettest.Ledger { return openNew(t) },
		func(t *testing.T, s budgettest.Ledger) budgettest.Ledger {
			l := s.(*Ledger)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return openAt(t, l.path)
		})
}

// Package budgettest checks ledgers, stores and books. [TestLedger] is the suite that every [budget.Ledger]
// passes, [TestStore] the one for every [books.Store]:
//
//	func TestLedger(t *testing.T) {
//		budgettest.TestLedger(t, func(t *testing.T) budgettest.Ledger { return new(budget.Memory) }, nil)
//	}
//
//	func TestStore(t *testing.T) {
//		budgettest.TestStore(t, func(t *testing.T) books.Store { return books.NewMemory() }, nil)
//	}
//
// [Check] is what holds of any books at any time, to be called at the end of every test that moved a
// budget. [Books] makes books to test with.
package budgettest

import (
	"context"
	"iter"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Reader gives back what was appended to a ledger.
type Reader interface {
	// All yields every entry in the order in which they were appended. It ends with the first error.
	All(ctx context.Context) iter.Seq2[budget.Entry, error]
}

// Ledger is a ledger that can be checked.
type Ledger interface {
	budget.Ledger
	Reader
}

// ReadAll returns all that r yields.
func ReadAll(ctx context.Context, r Reader) ([]budget.Entry, error) {
	var entries []budget.Entry
	for e, err := range r.All(ctx) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

package books_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestMemory(t *testing.T) {
	budgettest.TestStore(t, func(*testing.T) books.Store { return books.NewMemory() }, nil)
}

package budget_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
)

func TestMemory(t *testing.T) {
	budgettest.TestLedger(t, func(*testing.T) budgettest.Ledger { return new(budget.Memory) }, nil)
}

func TestZeroMemory(t *testing.T) {
	var m budget.Memory
	entries := budgettest.NewBooks("a", 1).Take(10)
	if err := m.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	state, err := m.Load(t.Context(), budgettest.Runs...)
	if err != nil {
		t.Fatal(err)
	}
	budgettest.Check(t, state, nil, m.Entries())
}

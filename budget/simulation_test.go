package budget_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/budgettest/simulate"
)

func TestSimulation(t *testing.T) {
	simulate.Run(t, 40_000, func(*testing.T) budgettest.Ledger { return new(budget.Memory) }, nil)
}

func TestSimulationWithoutLedger(t *testing.T) {
	simulate.Run(t, 10_000, nil, nil)
}

func TestSimulationOfACrowd(t *testing.T) { simulate.RunCrowd(t, 100) }

// Package simulate plays a budget manager and its ledger against a small model of what they should do, in
// one thread as far as decisions go: many callers, one step at a time, in virtual time.
//
//	func TestSimulation(t *testing.T) {
//		simulate.Run(t, 50_000, func(*testing.T) budgettest.Store { return budget.NewMemory() }, nil)
//	}
package simulate

package budget

import (
	"context"
	"fmt"
)

// check refuses a correction that changes nothing, one whose cost may have been cut off at the largest, and one that
// leaves an account where another entry might overflow it. The caller holds the manager's mutex.
func (a *adjustment) check(s standing) error {
	c, charged := s.charge, a.redo.Used
	if c.Used == charged && c.Usage == a.redo.Usage && c.Unpriced == a.redo.Unpriced && !c.Assumed {
		return fmt.Errorf("the books have %v for attempt %s already", c.Used, s.id)
	}
	if charged.Cost > MaxAttemptCost {
		return fmt.Errorf("%v is more than an attempt can cost, %v", charged.Cost, MaxAttemptCost)
	}
	for i, acc := range a.accounts {
		var more Counters
		more.Apply(a.undo, a.redo.Scopes[i])
		more.Apply(a.redo, a.redo.Scopes[i])
		if acc.limited() {
			more.Debt.Recorded = more.Debt.Recorded.Add(a.raise.Max(Amount{}))
		}
		if _, err := acc.Plus(more); err != nil {
			return fmt.Errorf("%w: %v beside the %v of %v", err, charged, acc.spent(), a.redo.Scopes[i])
		}
	}
	return nil
}

// countersOf asks the ledger, if it can tell, for the counters of the accounts that e is charged to: the manager has
// none of those that are of a closed period or another run. The ledger may have to read a file, so this is not for
// under the mutex.
func (m *Manager) countersOf(ctx context.Context, e Entry) (map[Account]Counters, error) {
	ledger, ok := m.cfg.Ledger.(interface {
		Totals(context.Context, ...Account) (map[Account]Counters, error)
	})
	if !ok {
		return nil, nil
	}
	var accounts []Account
	for _, s := range e.Scopes {
		accounts = append(accounts, e.Account(s))
	}
	return ledger.Totals(context.WithoutCancel(ctx), accounts...) // as the writing, which follows
}

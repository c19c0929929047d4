package budget

import (
	"context"
	"fmt"
)

// totaller is a ledger that knows the totals of accounts that its manager has not loaded.
type totaller interface {
	Totals(context.Context, ...Account) (map[Account]Counters, error)
}

// totalsOf returns the totals of the accounts that e is charged to, as far as the ledger tells.
func (m *Manager) totalsOf(ctx context.Context, e Entry) (map[Account]Counters, error) {
	ledger, ok := m.cfg.Ledger.(totaller)
	if !ok {
		return nil, nil
	}
	var accounts []Account
	for _, s := range e.Scopes {
		accounts = append(accounts, e.Account(s))
	}
	return ledger.Totals(ctx, accounts...)
}

// check refuses a correction that changes nothing, and one that could not be counted. totals are those of accounts that
// the manager has not loaded. The caller holds the manager's mutex.
func (a *adjustment) check(s standing, totals map[Account]Counters) error {
	c := s.charge
	if c.Used == a.redo.Used && c.Usage == a.redo.Usage && c.Unpriced == a.redo.Unpriced && !c.Assumed {
		return fmt.Errorf("the books have %v for attempt %s already", c.Used, s.id)
	}
	if a.redo.Used.Tokens > MaxTokens || a.redo.Used.Cost >= maxCost {
		return fmt.Errorf("%v is more than can be counted (less than %v, at most %d tokens)", a.redo.Used, maxCost, MaxTokens)
	}
	for _, acc := range a.accounts {
		sum := acc.Counters
		if a.manager.accounts[acc.key] == nil {
			sum = totals[acc.key]
		}
		sum.Apply(a.undo, acc.key.Scope)
		sum.Apply(a.redo, acc.key.Scope)
		if sum.overflows() {
			return fmt.Errorf("with %v the sums of %v would be more than can be counted", a.redo.Used, acc.key.Scope)
		}
	}
	return nil
}

package simulate

import (
	"fmt"
	"reflect"

	"github.com/orchestrate-go/orchestrate/budget"
)

// What corrections write.

// observeCorrection compares a correction that is being written.
func (w *world) observeCorrection(o *op) error {
	for _, p := range w.gate.pending() {
		if o.fix != nil && p.key == o.key {
			return o.fix.check(p.entries)
		}
	}
	return nil
}

// check compares the entries of a correction: one takes back what stood, one charges what is right.
func (k *correction) check(entries []budget.Entry) error {
	if len(entries) != 2 {
		return fmt.Errorf("a correction of %d entries", len(entries))
	}
	c := k.attempt.call
	undo := budget.Entry{
		Op: budget.OpAdjust, Period: c.accounts[0].Period, Model: c.model, Reason: k.reason, Served: k.was.served,
		Used: budget.Amount{}.Sub(k.was.used), Overrun: budget.Amount{}.Sub(k.was.overrun), Unpriced: k.was.unpriced, Assumed: k.was.assumed,
	}
	redo := undo
	undo.Tier, redo.Tier = k.was.tier, k.is.tier
	undo.PriceVersion, redo.PriceVersion = k.was.version, k.is.version
	redo.Served, redo.Used, redo.Overrun, redo.Unpriced, redo.Assumed = k.is.served, k.is.used, k.is.overrun, k.is.unpriced, false
	for i, want := range []budget.Entry{undo, redo} {
		want.ID = fmt.Sprintf("%s~%d", c.id, 2*k.base-1+i)
		want.Scopes = c.scopesInBooks()
		got := entries[i]
		want.Time, want.Usage, want.Debts = got.Time, got.Usage, got.Debts
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("the correction of %s books %+v, want %+v", c.id, got, want)
		}
	}
	if back := entries[0].Usage.Add(k.was.usage); back != (budget.Usage{}) || entries[1].Usage != k.is.usage {
		return fmt.Errorf("the correction of %s takes back %+v of %+v and charges %+v, want %+v",
			c.id, entries[0].Usage, k.was.usage, entries[1].Usage, k.is.usage)
	}
	return k.checkDebts(entries)
}

// scopesInBooks are the scopes that the entries of c name.
func (c *call) scopesInBooks() (scopes []budget.Scope) {
	if c.names != nil {
		return c.names
	}
	for _, a := range c.accounts {
		scopes = append(scopes, a.Scope)
	}
	return scopes
}

// checkDebts expects the first entry to lessen debts and the second to add to them.
func (k *correction) checkDebts(entries []budget.Entry) error {
	for i, e := range entries {
		got := make(map[budget.Account]budget.Debts)
		for _, d := range e.Debts {
			a := fold(e.Account(d.Scope))
			debts := got[a]
			*debts.Of(d.Cause) = debts.Of(d.Cause).Add(d.Amount)
			got[a] = debts
		}
		for _, a := range k.attempt.call.accounts {
			want := budget.Debts{Recorded: k.excess[a]}
			if i == 0 {
				want = k.lessens[a]
				for _, cause := range causes {
					*want.Of(cause) = budget.Amount{}.Sub(*want.Of(cause))
				}
			}
			if got[a] != want {
				return fmt.Errorf("entry %s: debts of %v %+v, want %+v", e.ID, a, got[a], want)
			}
		}
	}
	return nil
}

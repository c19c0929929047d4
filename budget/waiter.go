package budget

import (
	"context"
	"fmt"
	"slices"
)

// waiter is a call in line. Its manager's mutex guards it until ready is closed; afterwards it is the
// caller's who waits.
type waiter struct {
	demand demand
	set    *scopeSet
	ready  chan struct{}
	hold   *hold // granted, or nil
	err    error // refused, or nil

	short   [MaxScopes]bool // by account: was short of it when last looked at
	found   [MaxScopes]bool // had been short of it and found room
	starved bool            // lost room that it had found
}

// block marks the accounts that w is short of, so that nobody passes it there. One that waits for two
// scopes could wait for ever if callers of the one filled it each time the other had room. So who has lost
// what it had found keeps it, whether short of it or not. Only total and run are never kept: they contain
// the others, and who is short of them blocks those too.
func (w *waiter) block(scan uint64) {
	want := w.demand.amount(w.demand.least())
	for i, a := range w.demand.accounts.each() {
		short := !a.covers(a.spent(), want)
		w.starved = w.starved || short && w.found[i]
		w.found[i] = w.found[i] || !short && w.short[i]
		w.short[i] = short
	}
	for i, a := range w.demand.accounts.each() {
		kept := w.starved && w.found[i] && a.key.Scope.Kind != KindTotal && a.key.Scope.Kind != KindRun
		if w.short[i] || kept {
			a.blocked = scan
		}
	}
}

func (w *waiter) admit(h *hold) {
	w.hold = h
	close(w.ready)
}

func (w *waiter) refuse(err error) {
	w.err = err
	close(w.ready)
}

// await waits until w is served or ctx ends. A hold that was granted at the very moment of a cancellation
// is given back.
func (m *Manager) await(ctx context.Context, w *waiter) (*hold, error) {
	select {
	case <-w.ready:
		return w.hold, w.err
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.Index(m.waiters, w); i >= 0 {
		m.waiters = slices.Delete(m.waiters, i, i+1)
		m.serve()
	} else if w.hold != nil {
		m.giveBack(w.hold)
	}
	return nil, fmt.Errorf("budget: waiting for %v: %w", w.demand.accounts.each()[0].key.Scope, context.Cause(ctx))
}

// refuseInadmissible refuses who could not even have begun to wait under the limits in force now. The
// caller holds m.mu and has just changed a limit.
func (m *Manager) refuseInadmissible() {
	m.waiters = slices.DeleteFunc(m.waiters, func(w *waiter) bool {
		err := m.admissible(w.set, &w.demand)
		if err != nil {
			w.refuse(err)
		}
		return err != nil
	})
}

// serve passes over the waiters in order of arrival: it grants what fits, refuses what has become
// hopeless, and notes which accounts the rest are short of, so that nobody behind them takes what they
// wait for. A waiter short of one account does not hold up those that do not share it. The caller holds
// m.mu and has just returned capacity, changed a limit or taken a waiter out.
func (m *Manager) serve() {
	m.scan++
	if len(m.waiters) == 0 {
		return
	}
	left := m.waiters[:0]
	for i, w := range m.waiters {
		if w.demand.accounts.period != m.period.ID {
			w.demand.accounts = m.resolve(w.set, w.demand.call.Model)
		}
		if w.demand.accounts.each()[0].blocked == m.scan {
			left = append(left, m.waiters[i:]...) // the total is spoken for, and everyone shares it
			break
		}
		m.appraise(&w.demand, w.demand.price) // an answer may have named a dearer tier meanwhile
		if !w.demand.behind(m.scan, 1) {
			if output, ok := w.demand.fit(); ok {
				if err := w.demand.countable(); err != nil { // others have taken what was left to count
					w.refuse(err)
				} else {
					w.admit(m.grant(&w.demand, output))
				}
				continue
			}
		}
		if err := w.demand.hopeless(m.period); err != nil {
			w.refuse(err)
			continue
		}
		w.block(m.scan)
		left = append(left, w)
	}
	clear(m.waiters[len(left):])
	m.waiters = left
}

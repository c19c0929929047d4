package budget

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// Reserve holds the most that the attempt c can use, on all its scopes at once: those of ctx, the model and
// the total. The output cap granted is c.MaxOutput or, where the headroom is smaller, what it buys, never
// below c.MinOutput.
//
// In strict mode, while holds in flight could still return enough, Reserve waits in order of arrival; a
// waiter holds up only later callers that share a scope it is short of (or had been, and lost to others what
// it had found there). It fails at once with an *[ExceededError] when even the return of every hold would
// not help. It never waits with [Refuse], nor under a context that already holds a reservation (see
// [Reservation.Context]), for nobody may wait while holding. In soft mode it admits every call.
//
// With a ledger the hold is durable when Reserve returns. An error means that no hold remains.
func (m *Manager) Reserve(ctx context.Context, c Call) (Reservation, error) {
	tab := tabFrom(ctx)
	wait := m.cfg.OnFull != Refuse && ctx.Value(reservationKey{}) == nil && tab.mayWait()
	return m.reserve(ctx, &c, tab, wait)
}

// TryReserve is Reserve that never waits, and never passes a caller that does.
func (m *Manager) TryReserve(ctx context.Context, c Call) (Reservation, error) {
	return m.reserve(ctx, &c, tabFrom(ctx), false)
}

func (m *Manager) reserve(ctx context.Context, c *Call, tab *Tab, wait bool) (r Reservation, err error) {
	if err := c.validate(); err != nil {
		return Reservation{}, err
	}
	if err := ctx.Err(); err != nil {
		return Reservation{}, context.Cause(ctx)
	}
	if tab != nil {
		tab.of(m)
		if err := tab.call(); err != nil {
			return Reservation{}, err
		}
		defer func() { tab.called(err) }()
		// What earlier calls of the task did not use must not be what this one waits for.
		if err := tab.flush(ctx); err != nil {
			return Reservation{}, err
		}
	}
	if err := m.turn(ctx); err != nil {
		return Reservation{}, err
	}
	c.ID = m.journal.id(c.ID)
	set, _ := ctx.Value(scopesKey{}).(*scopeSet)
	m.mu.Lock()
	h, w, err := m.admit(set, c, wait)
	if w != nil {
		m.mu.Unlock()
		began := time.Now()
		h, err = m.await(ctx, w)
		tab.waited(time.Since(began))
		m.mu.Lock()
	}
	if err != nil {
		m.mu.Unlock()
		tab.refused(err)
		return Reservation{}, err
	}
	if tab != nil {
		tab.granted.Store(true)
	}
	r = h.reservation()
	if err := m.bookHold(ctx, h, tab); err != nil {
		return Reservation{}, err
	}
	if !m.journal.forgets() && ctx.Err() != nil { // cancelled meanwhile: the caller gets no reservation, so nobody else would end it
		return Reservation{}, errors.Join(context.Cause(ctx), r.Release(ctx, NotSent))
	}
	tab.opened(h, r)
	return r, nil
}

// newID returns an id for an attempt that no other attempt has. Ids begin with the time, so that those made
// together stand together in an index; 80 random bits follow.
func newID() string {
	return fmt.Sprintf("%011x", time.Now().UnixMilli()) + rand.Text()[:16]
}

// admit grants the call, or says why not, or (if wait) returns the waiter that stands in line for it.
// The caller holds m.mu.
func (m *Manager) admit(set *scopeSet, c *Call, wait bool) (*hold, *waiter, error) {
	var req demand
	if err := m.demand(set, c, &req); err != nil {
		return nil, nil, err
	}
	if !req.behind(m.scan, len(m.waiters)) {
		if output, ok := req.fit(); ok {
			return m.grant(&req, output), nil, nil
		}
	}
	if m.cfg.Mode == Soft {
		return m.grant(&req, req.call.MaxOutput), nil, nil
	}
	if err := req.hopeless(m.period); err != nil {
		return nil, nil, err
	}
	if !wait {
		return nil, nil, req.short(m.scan, m.period)
	}
	w := &waiter{demand: req, set: set, ready: make(chan struct{})}
	w.block(m.scan)
	m.waiters = append(m.waiters, w)
	m.awaitTurn()
	return nil, w, nil
}

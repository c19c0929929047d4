package budget

import "context"

// Reservation is a handle on one hold. It is a small value: copies mean the same hold. The first of Settle,
// Release and Close ends the hold; whatever comes later, on any copy, does nothing and returns nil. All
// methods may be called from many goroutines at once; the zero Reservation is one that has ended.
type Reservation struct {
	manager *Manager // whose mutex guards what is behind hold, other lives of it included
	hold    *hold
	gen     uint64
	id      string
	output  int64
	held    Amount
	over    bool
}

func (h *hold) reservation() Reservation {
	return Reservation{manager: h.manager, hold: h, gen: h.gen, id: h.call.ID, output: h.output, held: h.granted, over: h.over}
}

// ID is the attempt's id in the books; empty without a ledger unless the call had one.
func (r Reservation) ID() string { return r.id }

// Output is the output cap that was granted, in tokens. The attempt must not ask for more.
func (r Reservation) Output() int64 { return r.output }

// Held is what the reservation held when it was granted.
func (r Reservation) Held() Amount { return r.held }

// OverLimit reports whether soft mode granted the reservation over a limit.
func (r Reservation) OverLimit() bool { return r.over }

// live returns the hold if it has not ended and is not ending. The caller holds the manager's mutex.
func (r *Reservation) live() (*hold, bool) {
	return r.hold, r.hold.gen == r.gen && r.hold.alive()
}

// open reports whether nobody has begun to end the hold.
func (r Reservation) open() bool {
	r.manager.mu.Lock()
	defer r.manager.mu.Unlock()
	_, ok := r.live()
	return ok
}

// Sent says that the attempt's first byte is about to leave. From then on [Reservation.Close] charges it.
func (r Reservation) Sent() {
	if r.hold == nil {
		return
	}
	m := r.manager
	m.mu.Lock()
	defer m.mu.Unlock()
	if h, ok := r.live(); ok {
		h.send()
	}
}

// Settle ends the hold with what the attempt really used; the rest returns. It ignores that ctx is
// cancelled. With a ledger the settlement is durable when Settle returns; under a [Tab] it becomes durable
// together with what it paid for. If the write fails the hold stays open, admission stops, and Settle can
// be called again, which books the first outcome.
func (r Reservation) Settle(ctx context.Context, o Outcome) error {
	return r.end(ctx, false, func(h *hold) { h.charge.settle(&h.terms, &o) })
}

// Release ends the hold and returns it whole: the attempt was never sent, or was refused without a charge.
// It ignores that ctx is cancelled, and fails as Settle does. A release pays for nothing, so it does not wait
// on a tab: while its task pauses before the next try, others can have what it returned.
func (r Reservation) Release(ctx context.Context, why Unbilled) error {
	return r.end(ctx, true, func(h *hold) { h.charge.release(&h.terms, why) })
}

// Close ends a hold that nobody settled or released, and does nothing after either, so it can be deferred:
// an attempt that was not sent is released, one that was sent is settled as assumed, at the hold.
func (r Reservation) Close(ctx context.Context) error {
	return r.end(ctx, false, func(h *hold) {
		if h.phase == sent {
			h.charge.settle(&h.terms, &Outcome{Assumed: true, Reason: "closed without an outcome"})
		} else {
			h.charge.release(&h.terms, NotSent)
		}
	})
}

// end ends the hold once, with the charge that compute makes. Without now, a tab may keep it back.
func (r Reservation) end(ctx context.Context, now bool, compute func(*hold)) error {
	if r.hold == nil {
		return nil
	}
	m := r.manager
	m.mu.Lock()
	h, ok := r.live()
	if !ok {
		m.mu.Unlock()
		return nil
	}
	h.end(compute)
	if !now && h.tab.keeps() {
		h.keep()
		m.mu.Unlock()
		return nil
	}
	return m.bookEnd(ctx, h)
}

type reservationKey struct{}

// WithReservation returns a context that says it holds r: reserving under it never waits, for nobody may
// wait for budget while holding some.
func WithReservation(ctx context.Context, r Reservation) context.Context {
	return context.WithValue(ctx, reservationKey{}, r)
}

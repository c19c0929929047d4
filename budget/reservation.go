package budget

import "context"

// Reservation is a handle on one hold. It is a small value: copies mean the same hold. The first of Settle,
// Release and Close ends the hold; whatever comes later, on any copy, does nothing and returns nil. All
// methods may be called from many goroutines at once; the zero Reservation is one that has ended.
//
// A manager grants them ([Manager.Reserve]). Whoever grants from elsewhere makes one of a [Hold] of its own ([Grant.Reservation]).
type Reservation struct {
	hold  Hold
	life  uint64
	grant Grant
}

// Grant is what a reservation was granted.
type Grant struct {
	ID        string // of the attempt in the books; empty without a ledger unless the call had one
	Output    int64  // the output cap, in tokens. The attempt must not ask for more
	Held      Amount // what is held for it
	OverLimit bool   // soft mode granted it over a limit
	Strict    bool   // nobody pays for what surely passes Output: a stream is cut there
}

// Hold is what stands behind a [Reservation]. It may be used again once it has ended: life tells one use from the next,
// and a call for another life than the present does nothing and returns nil. Its methods do what those of Reservation
// say, and may be called from many goroutines at once. A [Manager] charges an
// Outcome by its prices. One that counts tokens alone may charge Usage.Tokens, or all that is held where Assumed is set or
// Unknown is not 0; that is never too little but for what was delivered beyond the hold. The first life is any number. The
// budget middleware calls Sent right before it sends, then one of Settle and Release, and Close in any case.
type Hold interface {
	Sent(life uint64)
	Settle(ctx context.Context, life uint64, o Outcome) error
	Release(ctx context.Context, life uint64, why string) error
	Close(ctx context.Context, life uint64) error
}

// Reservation is a handle on a life of a hold that was granted from elsewhere. It does not allocate.
func (g Grant) Reservation(h Hold, life uint64) Reservation { return Reservation{h, life, g} }

// ID is the attempt's id in the books; empty without a ledger unless the call had one.
func (r Reservation) ID() string { return r.grant.ID }

// Output is the output cap that was granted, in tokens. The attempt must not ask for more.
func (r Reservation) Output() int64 { return r.grant.Output }

// Held is what the reservation held when it was granted.
func (r Reservation) Held() Amount { return r.grant.Held }

// OverLimit reports whether soft mode granted the reservation over a limit.
func (r Reservation) OverLimit() bool { return r.grant.OverLimit }

// Strict reports whether nobody pays for what surely passes [Reservation.Output].
func (r Reservation) Strict() bool { return r.grant.Strict }

// Sent says that the attempt's first byte is about to leave. From then on [Reservation.Close] charges it.
func (r Reservation) Sent() {
	if r.hold != nil {
		r.hold.Sent(r.life)
	}
}

// Settle ends the hold with what the attempt really used; the rest returns. It ignores that ctx is
// cancelled. With a ledger the settlement is durable when Settle returns; under a [Tab] it becomes durable
// together with what it paid for. If the write fails the hold stays open, admission stops, and Settle can
// be called again, which books the first outcome.
func (r Reservation) Settle(ctx context.Context, o Outcome) error {
	if r.hold == nil {
		return nil
	}
	return r.hold.Settle(ctx, r.life, o)
}

// Release ends the hold and returns it whole: the attempt was never sent, or was refused without a charge.
// It ignores that ctx is cancelled, and fails as Settle does. A release pays for nothing, so it does not wait
// on a tab: while its task pauses before the next try, others can have what it returned.
func (r Reservation) Release(ctx context.Context, why string) error {
	if r.hold == nil {
		return nil
	}
	return r.hold.Release(ctx, r.life, why)
}

// Close ends a hold that nobody settled or released, and does nothing after either, so it can be deferred:
// an attempt that was not sent is released, one that was sent is settled as assumed, at the hold.
func (r Reservation) Close(ctx context.Context) error {
	if r.hold == nil {
		return nil
	}
	return r.hold.Close(ctx, r.life)
}

type reservationKey struct{}

// Context returns a context that says it holds r: reserving under it never waits, for nobody may
// wait for budget while holding some.
func (r Reservation) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, reservationKey{}, true) // that there is one is all that is asked
}

package wire

// RefusalKind says why a call was refused before any provider got it.
type RefusalKind string

// The kinds of refusal.
const (
	RefusedBudget       RefusalKind = "budget"       // no scope pays for it, or the books cannot be written
	RefusedUnbounded    RefusalKind = "unbounded"    // it is charged for something that nobody here can count
	RefusedUnmetered    RefusalKind = "unmetered"    // nobody here can read what it would cost
	RefusedInvalid      RefusalKind = "invalid"      // it is no request
	RefusedTooLarge     RefusalKind = "too_large"    // its body is larger than is read
	RefusedUnauthorised RefusalKind = "unauthorised" // it brings no token that opens anything
	RefusedUnreachable  RefusalKind = "unreachable"  // there is no connection to its provider, or that is paused
)

// Refusal is what a format tells a client whose call was refused.
type Refusal struct {
	Kind    RefusalKind
	Status  int    // of the answer; 0 is the format's own for the kind
	Message string // without key or prompt
}

// StatusOf is the status of the answer in a format that says money with this one where none was chosen: agents go by it whether to
// try again.
func (r Refusal) StatusOf(money int) int {
	if r.Status != 0 {
		return r.Status
	}
	switch r.Kind {
	case RefusedUnmetered:
		return 403
	case RefusedInvalid:
		return 400
	case RefusedTooLarge:
		return 413
	case RefusedUnauthorised:
		return 401
	case RefusedUnreachable:
		return 502
	}
	return money
}

// OfMoney reports whether more budget, or an allowance, would admit the call.
func (r Refusal) OfMoney() bool { return r.Kind == RefusedBudget || r.Kind == RefusedUnbounded }

// UnmeteredError is the error of [Format.Parse] for a request that asks for what nobody here can meter.
type UnmeteredError struct{ What string }

func (e *UnmeteredError) Error() string { return e.What }

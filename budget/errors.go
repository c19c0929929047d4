package budget

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrStopped is the error of every reservation after a write to the ledger failed: nothing more may be
// spent that could not be booked. It wraps the failure.
var ErrStopped = errors.New("budget: admission stopped because the ledger cannot be written")

// ErrUnbounded is the error of a call in strict mode whose input has no bound ([None]).
var ErrUnbounded = errors.New("budget: the input of the call has no known bound")

// ErrUncountable is the error of what could take a sum of the books past the most that they count (2^62 tokens or
// nano-USD), and of a call that could cost more than any attempt can ([MaxAttemptCost]).
var ErrUncountable = errors.New("budget: more than can be counted")

// ExceededError says that a scope cannot pay for a call.
type ExceededError struct {
	Scope   Scope
	Limit   Limit
	Settled Amount
	Held    Amount
	Wanted  Amount // the least that the call would hold

	// Until is when the period of the scope ends and the next begins; zero where only a reset does that,
	// and for scopes of a run.
	Until time.Time
}

// Final reports whether the call could not be paid for even if every hold returned whole: waiting for
// holds is useless, only a reset or a higher limit can help.
func (e *ExceededError) Final() bool {
	return !(Remaining{}).narrow(e.Limit, e.Settled).Covers(e.Wanted)
}

// Opens is when the call may be paid for by itself: at the beginning of the next period, if a whole limit covers it.
// Zero where only a higher limit, a reset or holds that return can help.
func (e *ExceededError) Opens() time.Time {
	if !(Remaining{}).narrow(e.Limit, Amount{}).Covers(e.Wanted) {
		return time.Time{}
	}
	return e.Until
}

func (e *ExceededError) Error() string {
	var short []string
	if e.Limit.Tokens != nil && e.Wanted.Tokens > 0 && e.Settled.Tokens+e.Held.Tokens+e.Wanted.Tokens > *e.Limit.Tokens {
		short = append(short, fmt.Sprintf("%d tokens wanted, limit %d (settled %d, held %d)",
			e.Wanted.Tokens, *e.Limit.Tokens, e.Settled.Tokens, e.Held.Tokens))
	}
	if e.Limit.Cost != nil && e.Wanted.Cost > 0 && e.Settled.Cost+e.Held.Cost+e.Wanted.Cost > *e.Limit.Cost {
		short = append(short, fmt.Sprintf("%v wanted, limit %v (settled %v, held %v)",
			e.Wanted.Cost, *e.Limit.Cost, e.Settled.Cost, e.Held.Cost))
	}
	if len(short) == 0 {
		short = append(short, "others are waiting for it")
	}
	text := fmt.Sprintf("budget of %v exceeded: %s", e.Scope, strings.Join(short, "; "))
	if !e.Until.IsZero() {
		text += "; a new period begins at " + e.Until.Format(time.RFC3339)
	}
	return text
}

// MissingScopeError says that each scope of a kind has a limit and the context of a call names none.
type MissingScopeError struct{ Kind Kind }

func (e *MissingScopeError) Error() string {
	return fmt.Sprintf("budget: there is a limit per %s, and the call names no %s (see budget.WithScopes)", e.Kind, e.Kind)
}

// UnpricedError says that a scope has a cost limit and the model of a call has no price, or none for the tier that the
// call asks for.
type UnpricedError struct {
	Model string
	Tier  Tier // zero if the model has no price at all
	Scope Scope
}

func (e *UnpricedError) Error() string {
	if e.Tier != (Tier{}) {
		return fmt.Sprintf("budget: %v has a cost limit and the price of model %q has no factor for the tier %q (add it under [prices])", e.Scope, e.Model, e.Tier)
	}
	return fmt.Sprintf("budget: %v has a cost limit and model %q has no price (add it under [prices])", e.Scope, e.Model)
}

// Refused reports whether err is a refusal of the budget: the attempt was never sent, and sending it again
// is useless until the budget changes.
func Refused(err error) bool {
	var exceeded *ExceededError
	var missing *MissingScopeError
	var unpriced *UnpricedError
	return errors.As(err, &exceeded) || errors.As(err, &missing) || errors.As(err, &unpriced) ||
		errors.Is(err, ErrStopped) || errors.Is(err, ErrUnbounded) || errors.Is(err, ErrUncountable)
}

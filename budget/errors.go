package budget

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What is wrong with a call, or with the books.
var (
	// ErrRefused is what every refusal of the budget is ([errors.Is]): the attempt was never sent, and sending it again is
	// useless until the budget changes. [*ExceededError] and [*UnpricedError] are refusals with figures.
	ErrRefused = errors.New("budget: refused")

	// ErrStopped is the refusal of every reservation after a write to the ledger failed: nothing more may be
	// spent that could not be booked. It wraps the failure.
	ErrStopped = newRefusal("budget: admission stopped because the ledger cannot be written")

	// ErrUnbounded is the refusal of a call in strict mode whose input has no bound ([None]).
	ErrUnbounded = newRefusal("budget: the input of the call has no known bound")

	// ErrUnscoped is the refusal of a call whose context names no scope of a kind of which each has a limit.
	ErrUnscoped = newRefusal("budget: the call names no scope of a kind that is limited")

	// ErrUncountable is the refusal of what could take a sum of the books past the most that they count (2^62 tokens or
	// nano-USD), and of a call that could cost more than any attempt can ([MaxAttemptCost]).
	ErrUncountable = newRefusal("budget: more than can be counted")

	// ErrConflict is the error of an entry whose ID was used before for something else.
	ErrConflict = errors.New("budget: entry id used twice with different content")
)

// refusal is an error that is [ErrRefused].
type refusal string

func newRefusal(text string) error { return refusal(text) }

func (r refusal) Error() string        { return string(r) }
func (r refusal) Is(target error) bool { return target == ErrRefused }

// CallsError says that a task has made all the calls that it may; see [Tab.Limit].
type CallsError struct{ Most int }

// Is reports that e is [ErrRefused].
func (e *CallsError) Is(target error) bool { return target == ErrRefused }

func (e *CallsError) Error() string {
	return fmt.Sprintf("the task has made its %d calls (max_calls_per_task)", e.Most)
}

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
	return !e.Limit.after(e.Settled).Covers(e.Wanted)
}

// Is reports that e is [ErrRefused].
func (e *ExceededError) Is(target error) bool { return target == ErrRefused }

// Opens is when the call may be paid for by itself: at the beginning of the next period, if a whole limit covers it.
// Zero where only a higher limit, a reset or holds that return can help.
func (e *ExceededError) Opens() time.Time {
	if !e.Limit.Covers(e.Wanted) {
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

// unscopedError says that each scope of a kind has a limit and the context of a call names none.
type unscopedError struct{ kind Kind }

func (e *unscopedError) Error() string {
	return fmt.Sprintf("budget: there is a limit per %s, and the call names no %s (see budget.WithScopes)", e.kind, e.kind)
}

func (e *unscopedError) Is(target error) bool { return target == ErrRefused || target == ErrUnscoped }

// UnpricedError says that a scope has a cost limit and the model of a call has no price, or none for the tier that the
// call asks for.
type UnpricedError struct {
	Model string
	Tier  Tier // zero if the model has no price at all
	Scope Scope
}

// Is reports that e is [ErrRefused].
func (e *UnpricedError) Is(target error) bool { return target == ErrRefused }

func (e *UnpricedError) Error() string {
	if e.Tier != (Tier{}) {
		return fmt.Sprintf("budget: %v has a cost limit and the price of model %q has no factor for the tier %q (add it under [prices])", e.Scope, e.Model, e.Tier)
	}
	return fmt.Sprintf("budget: %v has a cost limit and model %q has no price (add it under [prices])", e.Scope, e.Model)
}

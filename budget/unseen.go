package budget

import (
	"cmp"
	"fmt"
)

// Unseen is what an attempt is charged for and nobody can count before it is sent: what a tool finds at the provider, history
// that the provider keeps. A call has it beside the bound [None].
type Unseen struct {
	// What names it in errors, and Key the setting that gives it a bound of its own, empty if there is none. Neither
	// holds a prompt.
	What, Key string

	// Input is the most that it comes to, in input tokens: what strict mode holds for it in place of
	// [Config].Allowance, to which 0 leaves it.
	Input int64

	// Fees are the most that it costs beside its tokens. They are held, in both modes, where the model has a price. Untold is
	// the part of them of which no answer says what became: unless the provider states the whole cost, it is charged in full,
	// as assumed.
	Fees, Untold NanoUSD
}

// validate reports what no attempt can have beside so much input.
func (u *Unseen) validate(input int64) error {
	if u == nil {
		return nil
	}
	if u.Input < 0 || u.Input > MaxAttemptTokens-MaxOutput-input {
		return fmt.Errorf("budget: call with an unseen input of %d tokens", u.Input)
	}
	if u.Fees < 0 || u.Fees > MaxAttemptCost || u.Untold < 0 || u.Untold > u.Fees {
		return fmt.Errorf("budget: call with fees of %v, of which %v are not told", u.Fees, u.Untold)
	}
	return nil
}

// fees are what a call is held for beside its tokens.
func (c *Call) fees() NanoUSD {
	if c.Unseen == nil {
		return 0
	}
	return c.Unseen.Fees
}

// assumeFees adds to the outcome the fees of which the answer says nothing.
func (c *charge) assumeFees(t *terms) {
	o, u := &c.outcome, t.call.Unseen
	if u == nil {
		return
	}
	if o.Unknown == BothSides {
		o.Usage.Fees = max(o.Usage.Fees, u.Fees)
	} else if u.Untold > 0 && o.Billed == nil {
		o.Usage.Fees += u.Untold
		o.Assumed, o.Reason = true, cmp.Or(o.Reason, "the answer does not say how often a tool ran")
	}
}

// allowance is what strict mode holds for input of c that has no bound; 0 refuses it.
func (m *Manager) allowance(c *Call) int64 {
	if c.Unseen != nil && c.Unseen.Input > 0 {
		return c.Unseen.Input
	}
	return m.cfg.Allowance
}

// unboundedError says what keeps the input of a call from having a bound, and what would allow it. It is an [ErrUnbounded].
type unboundedError struct{ Unseen Unseen }

func (e *unboundedError) Error() string {
	const keys = `unbounded_input_allowance under [budget], [providers.NAME] or [providers.NAME.models."MODEL"]`
	if e.Unseen.Key != "" {
		return fmt.Sprintf("%v: it has %s (give that a bound by %s, or allow it by %s)", ErrUnbounded, e.Unseen.What, e.Unseen.Key, keys)
	}
	return fmt.Sprintf("%v: it has %s (allow it by %s)", ErrUnbounded, e.Unseen.What, keys)
}

func (e *unboundedError) Unwrap() error { return ErrUnbounded }

// unbounded is the refusal of c.
func unbounded(c *Call) error {
	if c.Unseen == nil || c.Unseen.What == "" {
		return ErrUnbounded
	}
	return &unboundedError{*c.Unseen}
}

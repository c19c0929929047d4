package budget

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Certainty says how sure the input figure of a [Call] is.
type Certainty string

// Sides are sides of a usage.
type Sides uint8

// What is known of figures. The bounds of a call's input, surest first: strict mode refuses None, and expects the caller to
// have added the family's margin to an Estimate. And the sides of a usage that nobody told: its input buckets, its output
// buckets, or both.
const (
	Exact    Certainty = "exact"    // the provider will count the same number
	Upper    Certainty = "upper"    // the provider will count no more
	Estimate Certainty = "estimate" // the margin makes more unlikely, not impossible
	None     Certainty = "none"     // nothing is known: images of unknown size, history kept by the provider

	InputSide  Sides = 1
	OutputSide Sides = 2
	BothSides        = InputSide | OutputSide
)

// known reports whether b is a bound, or left out.
func (b Certainty) known() bool {
	switch b {
	case "", Exact, Upper, Estimate, None:
		return true
	}
	return false
}

// Call describes one attempt before it is sent.
type Call struct {
	// ID names the attempt for ever. It is made before the attempt is submitted, so that a submission
	// that is repeated after an unknown outcome is one entry. Empty lets the manager make one.
	ID string

	// Model is the model asked for: it chooses the price and the model scope.
	Model string

	// Input is the most input tokens that the attempt can be charged for, a margin included.
	Input int64

	// Counted is the input as it was counted, before any margin. It is kept in the books so that
	// estimates can be compared with what was charged; zero stands for Input.
	Counted int64

	// MinOutput and MaxOutput bound the output cap that the manager may grant: MaxOutput where there is
	// headroom, less where there is not, never less than MinOutput. Equal values forbid a clamp.
	MinOutput, MaxOutput int64

	// Certainty says how sure Input is. Empty is Exact.
	Certainty Certainty

	// Unseen is what keeps Input from having a bound, where that is known; nil beside every other bound. It is not changed.
	Unseen *Unseen

	// CacheWrite says that the attempt may write to the provider's prompt cache, which can cost more than
	// fresh input.
	CacheWrite bool

	// Tier is the tier and the region that the attempt asks for. Where a word is empty, the account's own
	// setting decides: the price as it is listed, until an answer named a dearer one.
	Tier Tier
}

// validate reports a call that no caller should make. Whether its model is UTF-8 is looked at when that is resolved.
func (c *Call) validate() error {
	switch {
	case c.Model == "":
		return errors.New("budget: call without a model")
	case c.ID != "" && !utf8.ValidString(c.ID):
		return fmt.Errorf("budget: call with an id that is not UTF-8: %q", c.ID)
	case c.Input < 0 || c.Counted < 0 || c.MinOutput < 0 || c.MaxOutput < c.MinOutput:
		return fmt.Errorf("budget: call with input %d and output %d to %d", c.Input, c.MinOutput, c.MaxOutput)
	case !c.Certainty.known():
		return fmt.Errorf("budget: call with the unknown bound %q", c.Certainty)
	case c.MaxOutput > MaxOutput:
		return fmt.Errorf("budget: call for an output of %d tokens, more than the most, %d", c.MaxOutput, MaxOutput)
	case c.Input > MaxAttemptTokens-c.MaxOutput || c.Counted > MaxAttemptTokens:
		return fmt.Errorf("budget: call with an input of %d tokens, more than any attempt can have", max(c.Input, c.Counted))
	}
	return c.Unseen.validate(c.Input)
}

// Outcome is how an attempt that was sent ended.
type Outcome struct {
	// Usage is what the provider reported. With Assumed it is what was counted instead; left zero, the
	// whole hold is charged.
	Usage Usage

	// Unknown are the sides that Usage says nothing of. Each is charged at its share of the hold, and the
	// output at Delivered if that is more; all of the outcome is then assumed.
	Unknown Sides

	// Delivered is the output that was counted in what was delivered, in tokens: evidence that an
	// unknown output is charged at.
	Delivered int64

	// Assumed says that Usage is not the provider's word.
	Assumed bool

	// Reason says why the figures are assumed, or anything else worth keeping. It must hold no prompt.
	Reason string

	// Served is the model that answered, where the provider names it. It chooses the price if it has one.
	Served string

	// Tier is how the attempt was served, where the answer says so. Where it does not, the tier that was held
	// for is charged, assumed unless that is the listed price and nothing else was asked for.
	Tier Tier

	// Billed is the cost that the provider itself stated, fees included; nil where it stated none.
	Billed *NanoUSD

	// LeastCost is what the provider had stated as the cost while more could follow: the attempt is charged no less. It has no
	// meaning beside Billed.
	LeastCost NanoUSD

	// RequestID is the provider's name for the attempt.
	RequestID string
}

package wire

import "time"

// Pause is a provider, or one of its models, that is not called for the moment.
type Pause struct {
	Provider string
	Model    string    // "" for all of the provider's
	Until    time.Time // when the provider is asked again; past while that is going on
	Reason   string    // without key or prompt
}

// PausedError is the refusal of a call whose provider is paused for longer than the call may wait. The
// call was not sent, or refused unbilled.
type PausedError struct {
	Pause
	Cause *Error // for which the provider was paused

	// NotBefore is when the provider said that it takes calls again, zero if it did not say.
	NotBefore time.Time

	// Stopped says that nobody waits any more, however short the pause.
	Stopped bool
}

func (e *PausedError) Error() string {
	if e.Stopped {
		return e.Cause.Error() + ": and nobody waits for it any more"
	}
	return e.Cause.Error() + ": longer than a task may wait"
}

func (e *PausedError) Unwrap() error { return e.Cause }

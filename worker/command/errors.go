package command

import (
	"errors"
	"fmt"
	"time"
)

// ErrUnmetered is a command that ended well although no model answered a call of it: what it has done was paid for
// elsewhere, or is not what it was asked for.
var ErrUnmetered = errors.New("nothing passed the meter: the command ended well without a model's answer " +
	"(let it call ORCHESTRATE_BASE_URL with ORCHESTRATE_TOKEN)")

// ExitError is a command that failed.
type ExitError struct {
	Program string
	Status  int    // -1 where a signal ended it
	Message string // what it said last, short, without the prompt; it may be ""
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("%s: exit status %d", e.Program, e.Status)
	if e.Status < 0 {
		text = e.Program + ": ended by a signal"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// TimeoutError is a command that was stopped because its time was over.
type TimeoutError struct {
	Program string
	After   time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s: stopped after its timeout of %v", e.Program, e.After)
}

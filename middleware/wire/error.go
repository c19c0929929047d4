package wire

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Class says what kind of failure an error is, which decides whether to retry and what is booked.
type Class string

// The classes of errors.
const (
	Unreachable Class = "unreachable" // no connection: nothing was sent
	Auth        Class = "auth"        // the key is missing or wrong: terminal for the provider
	Forbidden   Class = "forbidden"   // a refusal (403) that does not say whether the key or this call is meant
	NoModel     Class = "no_model"    // the model does not exist, or not for this key: its workers' or tasks' own fault
	Quota       Class = "quota"       // the account is out of money: terminal for the provider
	RateLimit   Class = "rate_limit"  // too fast
	Server      Class = "server"      // the provider failed
	Invalid     Class = "invalid"     // the request is wrong: repeating it is useless
	Garbled     Class = "garbled"     // the answer is no answer; it may have been billed
	Lost        Class = "lost"        // the connection broke, or time ran out, after sending
)

// Error is a failed attempt. Its text never holds a key or a prompt.
type Error struct {
	Class      Class
	Status     int           // of the answer, or the numeric code of an error in a 200; 0 where there was none
	Code       string        // the provider's own word
	Message    string        // the provider's message, shortened, without key or prompt
	RetryAfter time.Duration // how long the provider asks to wait; 0 where it does not say
	Sent       bool          // bytes of the request may have left; see [Error.MayHaveLeft]
	Started    bool          // a delta was already passed on: repeating would say it twice
	RequestID  string
	Err        error // the cause, or nil

	// Answer is what came of an answer all the same: what was delivered before the failure, and the usage
	// that was reported. Nil if nothing came.
	Answer *Response

	// NotRun says that a success's status carried an error object without a code of its own, in words that
	// do not blame a gateway: no model ran.
	NotRun bool

	// What the body said of a wait and only a clock can turn into one: a time of day, or that the quota of a
	// day is used up. Package headers adds them to RetryAfter.
	RetryAt time.Time
	Daily   bool

	ByStatus Class // the class without what the message says, for a message that quotes the request
}

// At says with which status the answer came. A status that the body of a success said is kept.
func (e *Error) At(status int) {
	if e.Status < 400 || status >= 300 {
		e.Status = status
	}
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "provider: %s", e.Class)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, ", %s", e.Code)
		}
		b.WriteString(")")
	}
	switch {
	case e.Message != "":
		fmt.Fprintf(&b, ": %s", e.Message)
	case e.Err != nil:
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; it asks to wait %v", e.RetryAfter)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Unbilled reports whether the attempt surely cost nothing: it was never sent, or it was refused in a way that
// providers do not bill, or for its account or key; nothing was delivered, and no usage reported.
func (e *Error) Unbilled() bool {
	if a := e.Answer; a != nil && (a.Reported() || a.Delivered()) {
		return false
	}
	barred := e.Terminal() && e.Status >= 400 && e.Status < 500 // Fireworks says 412 of a suspended account
	return !e.MayHaveLeft() || UnbilledStatus(e.Status) || e.NotRun || barred
}

// MayHaveLeft reports whether bytes of the request may have left: where Sent says so, and where the rest of the error can
// not be otherwise.
func (e *Error) MayHaveLeft() bool {
	return e.Sent || e.Status != 0 || e.Class == Lost || e.Class == Garbled
}

// Terminal reports whether the provider will refuse every other call as well.
func (e *Error) Terminal() bool { return e.Class == Auth || e.Class == Quota }

// UnbilledStatus reports whether providers do not bill an answer with this status. A 502 or 504 comes from
// a gateway that gave up while the model may have gone on: those are billed. A redirect reached no model, nor did what
// Groq's flex tier had no room for (498, https://console.groq.com/docs/errors).
func UnbilledStatus(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	case 400, 401, 402, 403, 404, 405, 413, 422, 429, 498, 500, 503, 529:
		return true
	}
	return false
}

// ClassOf is the class of a status by itself, for answers whose body says nothing more.
func ClassOf(status int) Class {
	switch {
	case status == 401:
		return Auth
	case status == 403:
		return Forbidden
	case status == 402:
		return Quota
	case status == 429 || status == 498:
		return RateLimit
	case status == 408 || status >= 500:
		return Server
	case status >= 300:
		return Invalid
	}
	return Garbled
}

// AsError returns err as an *Error. One that is none is classed by what the standard library tells: a
// failure to connect was not sent; anything else may have been.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var op *net.OpError
	var dns *net.DNSError
	if (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &dns) {
		return &Error{Class: Unreachable, Err: err}
	}
	return &Error{Class: Lost, Sent: true, Err: err}
}

package middleware

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// Refusal is the error of a foreign client's call that was refused: no provider got it, and nothing of it is booked. (What
// was tried before, and failed, is booked by itself.) Its text is that of Err. Find one with [errors.As], through an SDK
// too:
//
//	var refused *middleware.Refusal
//	if errors.As(err, &refused) && refused.Kind == wire.RefusedBudget { ... }
//
// A Refusal is never changed once it was returned.
type Refusal struct {
	Kind   wire.RefusalKind
	Format wire.Format // in whose words it is answered; nil is OpenAI's
	Status int         // of the answer; 0 is the format's own for the kind
	Err    error       // why
}

func (r *Refusal) Error() string { return r.Err.Error() }
func (r *Refusal) Unwrap() error { return r.Err }

// Answer is the refusal as the answer to req. It tells SDKs not to try again what cannot help, and what the
// budget is in its headers; see [Refusal.Header].
func (r *Refusal) Answer(req *http.Request) *http.Response {
	said := wire.Refusal{Kind: r.Kind, Status: r.Status, Message: r.Err.Error()}
	format := r.Format
	if format == nil {
		format = openai.Format
	}
	var status int
	var body []byte
	if guard(func() { status, body = format.Refusal(said) }) != nil {
		status, body = said.StatusOf(http.StatusPaymentRequired), nil // the status says enough
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        r.Header(),
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       req,
	}
}

// refused returns err, of a chain, as a refusal, or nil if the call may have reached a provider or failed otherwise.
func refused(err error, format wire.Format) *Refusal {
	kind := refusalKind(err)
	if kind == "" {
		return nil
	}
	return &Refusal{Kind: kind, Format: format, Err: err}
}

func refusalKind(err error) wire.RefusalKind {
	var paused *wire.PausedError
	var failed *wire.Error
	switch {
	case errors.Is(err, budget.ErrUnbounded):
		return wire.RefusedUnbounded
	case errors.Is(err, budget.ErrRefused):
		return wire.RefusedBudget
	case errors.As(err, &paused):
		return wire.RefusedUnreachable
	case !errors.As(err, &failed) || failed.Sent || failed.Started || failed.Status != 0:
		return ""
	case failed.Class == wire.Invalid:
		return wire.RefusedInvalid
	case failed.Class == wire.Unreachable:
		return wire.RefusedUnreachable
	}
	return ""
}

// refusef is a refusal of what a client sent.
func refusef(kind wire.RefusalKind, format string, args ...any) *Refusal {
	return &Refusal{Kind: kind, Err: fmt.Errorf("middleware: "+format, args...)}
}

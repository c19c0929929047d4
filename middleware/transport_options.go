package middleware

import (
	"context"
	"errors"
	"net/http"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// TransportOptions configures [NewTransport]. The zero value is every default: a door that meters and limits nothing.
type TransportOptions struct {
	Base  http.RoundTripper // makes the connections; nil is [http.DefaultTransport]
	Chain []Middleware      // the outermost first; see [Options.Chain]

	// Answer says which refusals are answers to the client. The others are errors of RoundTrip, each a [*Refusal].
	Answer Answering

	// RefusalStatus is the status of what is refused for money; 0 is the format's own: 402, which ends Claude Code and
	// opencode, but 429 in Responses, which ends Codex.
	RefusalStatus int
}

// Answering says which refusals are answers to the client, in its own format.
type Answering string

// The ways to refuse. As an answer no SDK tries a call again. As an error many do, up to their own limit: no such try
// reaches a provider or is booked while the budget refuses it, but turn the SDK's retries off all the same.
const (
	AnswerBudget Answering = ""       // those of the budget; see [budget.ErrRefused]
	AnswerAll    Answering = "all"    // for a proxy
	AnswerNone   Answering = "errors" // for callers in Go, who ask errors.As
)

// NewTransport is [Transport] with all that can be chosen.
func NewTransport(o TransportOptions) http.RoundTripper {
	if o.Base == nil {
		o.Base = http.DefaultTransport
	}
	// The chain is built once: middlewares keep state. Its end finds the call in the context.
	end := ClientFunc(func(ctx context.Context, r *Request) (*Response, error) {
		c, ok := ctx.Value(callKey{}).(*call)
		if !ok {
			return nil, errors.New("middleware: a middleware replaced the context of the call")
		}
		return c.attempt(ctx, r)
	})
	return &door{base: o.Base, chain: Chain(end, o.Chain...), answer: o.Answer, refusalStatus: o.RefusalStatus}
}

// refuse is how a refused call ends.
func (d *door) refuse(req *http.Request, r *Refusal) (*http.Response, error) {
	money := wire.Refusal{Kind: r.Kind}.OfMoney()
	if money {
		r.Status = d.refusalStatus
	}
	if d.answer == AnswerAll || d.answer == AnswerBudget && money {
		return r.Answer(req), nil
	}
	return nil, r
}

// fail is how a call ends of which err was the end: as a refusal, if it is one.
func (d *door) fail(req *http.Request, format wire.Format, err error) (*http.Response, error) {
	var r *Refusal
	if !errors.As(err, &r) {
		if r = refused(err, format); r == nil {
			return nil, err
		}
	}
	own := *r
	own.Format = format
	return d.refuse(req, &own)
}

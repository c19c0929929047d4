package middleware

import (
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Send sends one attempt with do, which is [http.Client.Do] or a RoundTrip, and returns the answer's
// headers. An error is a *wire.Error that says whether bytes of the request may have left: it decides
// whether the attempt is released or charged. Its cause may quote what the server sent, so that the caller redacts
// it ([redact.Error]). req is not changed, and sent once: what net/http would send again on its own is an
// attempt that never began, which [Budget] makes again with another hold.
func Send(do func(*http.Request) (*http.Response, error), req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, &wire.Error{Class: wire.Unreachable, Err: err}
	}
	// The headers count as sent when they are written, to a buffer perhaps. Parts of headers may leave
	// before, and no provider bills those.
	var sought, reused, wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { sought.Store(true) },
		GotConn:      func(got httptrace.GotConnInfo) { reused.Store(got.Reused) },
		WroteHeaders: func() { wrote.Store(true) },
	})
	resp, err := do(once(req).WithContext(ctx))
	if err == nil {
		return resp, nil
	}
	for outer := new(url.Error); errors.As(err, &outer); { // it repeats the address, which may hold a secret
		err = outer.Err
	}
	switch {
	case sought.Load() && ctx.Err() == nil && (unprocessed(err, reused.Load()) || reused.Load() && !wrote.Load()):
		return nil, &wire.Error{Class: wire.Unreachable, Err: unbegunError{err}}
	case wrote.Load():
		return nil, &wire.Error{Class: wire.Lost, Sent: true, Err: err}
	case sought.Load():
		return nil, &wire.Error{Class: wire.Unreachable, Err: err}
	}
	return nil, wire.AsError(err) // by a transport that does not trace
}

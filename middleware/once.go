package middleware

import (
	"errors"
	"net"
	"net/http"
	"strings"
)

// One hold pays for one delivery. net/http repeats requests on its own: over HTTP/2 what the server refused
// before it looked, over HTTP/1.1 what a connection that was kept was too dead for. Each repeat could reach a
// model, so Send takes from a request what net/http needs to repeat it, and [Budget] repeats it instead, with a
// hold of its own.

// repeats bounds how often an attempt that never began is made again at once. A server that goes on refusing
// connections, or streams on them, is one that cannot be reached.
const repeats = 3

// unbegunError is the failure of an attempt that no server began to process, on a connection that was closed or
// closing: it cost nothing, and another connection may do.
type unbegunError struct{ error }

func (e unbegunError) Unwrap() error { return e.error }

// unbegun reports whether err is such a failure.
func unbegun(err error) bool {
	_, ok := errors.AsType[unbegunError](err)
	return ok
}

// once returns a copy of req that net/http sends once: without GetBody it cannot send the body again.
func once(req *http.Request) *http.Request {
	out := *req
	out.GetBody = nil
	return &out
}

// unprocessed reports whether err, of a round trip of net/http, says that no server processed the request: that
// nothing was written to a connection which had been kept, or that an HTTP/2 server refused the stream (RFC
// 9113, section 8.7). net/http exports none of these errors, so it goes by their whole texts; an error it does
// not know may have been billed.
func unprocessed(err error, reused bool) bool {
	text := err.Error()
	if refused, ok := strings.CutPrefix(text, "http2: Transport: cannot retry err ["); ok {
		stream, _, _ := strings.Cut(refused, "; received from peer]")
		stream, isStream := strings.CutPrefix(stream, "stream error: stream ID ")
		return isStream && strings.TrimLeft(stream, "0123456789") == "; REFUSED_STREAM" ||
			strings.HasPrefix(refused, "http2: Transport received Server's graceful shutdown GOAWAY]")
	}
	if strings.HasPrefix(text, "http2: Transport received GOAWAY from server ErrCode:") { // before this stream
		return true
	}
	if !reused {
		return false
	}
	// Where something was written, net/http puts more before these. A write that fails closes the connection, and
	// the read that this ends may be heard first.
	op, ok := errors.AsType[*net.OpError](err)
	return ok && text == op.Error() && (op.Op == "write" || op.Op == "read" && errors.Is(op, net.ErrClosed)) ||
		text == "http: server closed idle connection" ||
		strings.HasPrefix(text, "readLoopPeekFailLocked: ") || strings.HasPrefix(text, "write error: ")
}

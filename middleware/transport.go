package middleware

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
)

// Transport is the door for foreign clients: a RoundTripper that passes their calls through the same
// middlewares as every other call. Give it to the http.Client of an SDK:
//
//	client := openai.NewClient(option.WithHTTPClient(&http.Client{
//		Transport: middleware.Transport(nil, budgeted),
//	}), option.WithMaxRetries(0))
//
// The scopes that a call is charged to come from the context of its request. base makes the connections;
// nil is [http.DefaultTransport].
//
// What the client sent is the authority: its body goes out as it is, but for the output cap, which the
// budget may lower, and a request for usage in a stream. A server may refuse the latter, which the client did
// not make: the call is then made again without it, as an attempt of its own. What the provider answers is what
// the client reads, byte for byte, with two exceptions. The event that reports usage which only we asked for is
// left out. And under a strict budget a stream that surely has delivered more than was paid for (see Request's
// Ceiling) is cut: its reader gets an error.
//
// RoundTrip returns with the answer's headers; the middlewares see the call end when its body does: with the
// last event, the end of the body, its Close, or the end of the request's context, whichever is first. The end
// of the body and its Close wait for them, so that a call is booked when its reader is done. A body that is
// neither read to its end nor closed, under a context that never ends, is never booked.
//
// Once the headers of an answer with status 200 were returned nothing is tried again. An error answer is
// read first, so that a middleware may try again; if none does, the client gets the provider's last
// answer. A refusal of the budget becomes an answer with status 402 in the client's format that tells SDKs
// not to try again; [NewTransport] has other ways. Any other call that no provider got ends with a [*Refusal], what may
// have been billed with the error as it is.
//
// A route that nobody meters would be a hole in the budget: requests that are neither for a known format
// nor free are refused with an error, and so are those that servers could take for another route or method. So
// are answers that a middleware gives without the provider. A panic of a format, a middleware or base ends the
// call with an error; the hold, if it was sent, is charged.
func Transport(base http.RoundTripper, m ...Middleware) http.RoundTripper {
	return NewTransport(TransportOptions{Base: base, Chain: m})
}

type door struct {
	base  http.RoundTripper
	chain Client
	shy   shy

	answer        Answering
	refusalStatus int
}

type callKey struct{}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	req = withoutEmptyBody(req)
	format, err := route(req)
	switch {
	case err != nil:
		if req.Body != nil {
			req.Body.Close()
		}
		return d.fail(req, nil, err)
	case format == nil:
		return d.base.RoundTrip(req)
	}
	return d.meter(req, format)
}

// meter sends a call through the chain.
func (d *door) meter(req *http.Request, format wire.Format) (*http.Response, error) {
	body, err := readBody(req)
	if req.Body != nil {
		req.Body.Close() // also where the call is refused
	}
	if err != nil {
		return d.fail(req, format, err)
	}
	var parsed *Request
	if broken := guard(func() { parsed, err = format.Parse(body) }); broken != nil {
		err = broken
	}
	if err == nil && len(parsed.Model) > maxModelName {
		err = fmt.Errorf("its model has a name of %d bytes, and none has more than %d", len(parsed.Model), maxModelName)
	}
	if err == nil {
		err = readHeaderTier(parsed, req.Header)
	}
	if err != nil {
		kind := wire.RefusedInvalid
		if unmetered := new(wire.UnmeteredError); errors.As(err, &unmetered) {
			kind = wire.RefusedUnmetered
		}
		return d.fail(req, format, refusef(kind, "this call cannot be metered: %w", err))
	}
	if parsed.Body.Stream {
		parsed.OnDelta = func(Delta) {} // so that middlewares see a stream; the client reads the body
	}
	c := &call{
		door: d, format: format, request: req, parsed: parsed,
		headers: make(chan *http.Response, 1), done: make(chan struct{}),
	}
	go c.run()
	select {
	case resp := <-c.headers:
		return resp, nil
	case <-c.done:
		return c.outcome()
	}
}

// readHeaderTier takes the tier that a header asks for. Of a header and a body that differ nobody knows which counts.
func readHeaderTier(parsed *Request, header http.Header) error {
	tier := headers.Tier(header)
	if tier.Service != "" && parsed.Tier.Service != "" && tier.Service != parsed.Tier.Service {
		return fmt.Errorf("its header asks for the service tier %q, its body for %q", tier.Service, parsed.Tier.Service)
	}
	parsed.Tier = parsed.Tier.Or(tier)
	return nil
}

// maxBody bounds the bodies that are held: those of requests, of plain answers and of errors.
const maxBody = 32 << 20

// maxStream bounds what is understood of a stream, in bytes; what follows goes to the client unread.
const maxStream = 256 << 20

// maxModelName bounds a model's name, in bytes: each is an account, in memory and in the books, for as long as they are.
const maxModelName = 512

func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, refusef(wire.RefusedInvalid, "a call without a body cannot be metered")
	}
	if encoding := req.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, refusef(wire.RefusedUnmetered, "a call with a compressed body cannot be metered; turn compression off in the client")
	}
	if !isUTF8(req.Header) {
		return nil, refusef(wire.RefusedUnmetered, "a call with a body that is not in UTF-8 cannot be metered")
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, refusef(wire.RefusedTooLarge, "the request's body is larger than %d bytes", large.Limit)
	case err != nil:
		return nil, fmt.Errorf("middleware: read the request's body: %w", err)
	case len(body) > maxBody:
		return nil, refusef(wire.RefusedTooLarge, "the request's body is larger than %d MiB", maxBody>>20)
	}
	return body, nil
}

// isUTF8 reports whether a server reads a body with this header as it is read here. In another charset the same bytes may
// be other keys: +AG4- is an n in UTF-7, which servers that convert bodies know.
func isUTF8(header http.Header) bool {
	for name, values := range header {
		if plainName(name) != "contenttype" {
			continue
		}
		for _, value := range values {
			_, more, _ := strings.Cut(strings.ToLower(value), ";")
			for parameter := range strings.SplitSeq(more, ";") {
				key, charset, _ := strings.Cut(parameter, "=")
				switch plainName(charset) {
				case "utf8", "usascii", "ascii":
				default:
					if plainName(key) == "charset" {
						return false
					}
				}
			}
		}
	}
	return true
}

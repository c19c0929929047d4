package middleware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// call is one call of a foreign client on its way through the chain. Two goroutines have it, the client's and one of its
// own (run), which meet in three places:
//
//	the client's                                    run's
//	RoundTrip: route, Parse
//	  start ──────────────────────────────────────▶ the chain: log, retry, ..., budget
//	  wait                                            attempt: Encode, Send
//	  ◀─────────────────────── headers (of a 200) ─── hand the answer over
//	  return the answer                               wait for the end of its body
//	Read: bytes to the client, events to a tap ─┐
//	Read's end, or Close, or a broken stream ───┴───▶ what was seen: Response or Error
//	  wait                                            budget: settle; retry: nothing more
//	  ◀──────────────────────────────────── done ──── the chain has returned
//	  return io.EOF, or the error
//
// An error's status is kept and not handed over, so that a middleware may try again: then RoundTrip waits for done.
type call struct {
	door    *door
	format  wire.Format
	request *http.Request // as the client made it
	parsed  *Request

	headers chan *http.Response // the answer that the client gets, once
	done    chan struct{}       // closed when the chain has returned; err is then set
	err     error

	mu      sync.Mutex
	handed  bool           // an answer is on its way to the client
	last    *http.Response // the provider's last answer, if it was an error
	asked   bool           // the last attempt asked for usage that the client did not ask for
	refused bool           // an attempt was refused for it
}

// run makes the call, and once more through the whole chain if it was refused for what the door asked.
func (c *call) run() {
	defer close(c.done)
	ctx := context.WithValue(c.request.Context(), callKey{}, c)
	broken := guard(func() {
		for {
			if _, c.err = c.door.chain.Generate(ctx, c.parsed); c.err == nil || !c.refusedUnasked() {
				return
			}
		}
	})
	if broken != nil {
		c.err = broken
	}
}

// refusedUnasked reports whether the last attempt was refused for asking for usage.
func (c *call) refusedUnasked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused && c.asked && !c.handed
}

// asks decides whether an attempt asks for usage that the client did not ask for.
func (c *call) asks(r *Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = r.Body.Stream && !r.Body.Usage && !c.refused && !c.door.shy.has(c.request.URL, r.Model)
	return c.asked
}

// outcome is what the client gets when the chain has returned.
func (c *call) outcome() (*http.Response, error) {
	select {
	case resp := <-c.headers: // the reader did not get them yet, and the call is over already
		return resp, nil
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var failed *wire.Error
	switch {
	case c.err == nil:
		return nil, errors.New("middleware: a middleware answered without the provider, which the door cannot pass on")
	case errors.Is(c.err, budget.ErrRefused): // rather than what failed before
	case c.last != nil && errors.As(c.err, &failed) && failed.Status == c.last.StatusCode:
		return c.last, nil
	}
	return c.door.fail(c.request, c.format, c.err)
}

// attempt is the inner end of the chain: it sends the client's body, hands the answer's headers over and
// returns when the answer's body has ended.
func (c *call) attempt(ctx context.Context, r *Request) (*Response, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	asks := c.asks(r)
	if !asks {
		r = unasked(r)
	}
	body, err := c.encode(r)
	if err != nil {
		return nil, err
	}
	// A middleware may end its context when Generate returns, which can be before the client has read the
	// last bytes. So the connection gets a context that ends with ctx only until then.
	upstream, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unwatch := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	resp, err := Send(c.door.base.RoundTrip, c.outgoing(upstream, body))
	if err != nil {
		redact.Error(wire.AsError(err), r, c.secrets()...)
	}
	if err == nil && (resp.StatusCode < 200 || resp.StatusCode > 299) {
		err = c.keep(resp, r)
	}
	if err == nil && !unwatch() {
		resp.Body.Close()
		err = &wire.Error{Class: wire.Lost, Sent: true, Err: context.Cause(ctx)}
	}
	if err != nil {
		unwatch()
		cancel(nil)
		return nil, err
	}
	c.note(r)
	t := newTap(c, r, resp, cancel, asks)
	if !c.hand(resp) {
		_ = t.abandon() // a middleware asked twice at once
	}
	return t.wait(ctx)
}

// encode writes the body of an attempt. Nothing was sent if it cannot.
func (c *call) encode(r *Request) (body []byte, err error) {
	if broken := guard(func() { body, err = c.format.Encode(r) }); broken != nil {
		err = broken
	}
	if err != nil {
		return nil, &wire.Error{Class: wire.Invalid, Err: err}
	}
	return body, nil
}

// note remembers where not asking helped.
func (c *call) note(r *Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused {
		c.door.shy.add(c.request.URL, r.Model)
	}
}

func (c *call) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &wire.Error{Class: wire.Unreachable, Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handed {
		return &wire.Error{Class: wire.Unreachable, Started: true, Message: "not tried again: the client has an answer already"}
	}
	return nil
}

// hand gives the answer to the client, unless it has one.
func (c *call) hand(resp *http.Response) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handed {
		return false
	}
	c.handed = true
	c.headers <- resp
	return true
}

// outgoing is the client's request with another body. Compression is left to net/http, which undoes it: a
// body that the client wanted compressed could not be read here.
func (c *call) outgoing(ctx context.Context, body []byte) *http.Request {
	out := c.request.Clone(ctx)
	out.Header.Del("Accept-Encoding")
	out.Header.Del("Content-Length")
	out.TransferEncoding = nil
	out.ContentLength = int64(len(body))
	out.Body, out.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	return out
}

// keep reads an error answer whole, so that the client can get it later, and returns it as an error.
func (c *call) keep(resp *http.Response, r *Request) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	resp.Body.Close()
	e := c.failure(resp, body, r)

	resp.Request = c.request
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil { // the client reads as far as it came
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = resp
	c.refused = c.refused || c.asked && refusesQuestion(resp.StatusCode, body)
	return e
}

// failure reads an error answer.
func (c *call) failure(resp *http.Response, body []byte, r *Request) (e *wire.Error) {
	broken := guard(func() {
		e = c.format.DecodeError(resp.StatusCode, body)
		headers.OfError(e, resp.Header.Get, time.Now())
		redact.Error(e, r, c.secrets()...)
	})
	if broken != nil {
		e = wire.AsError(broken)
		e.Status = resp.StatusCode
	}
	return e
}

// secrets are the keys that the client sends.
func (c *call) secrets() []string {
	return redact.SecretsIn(c.request.Header, c.request.URL.Query())
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

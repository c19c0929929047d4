package middleware

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Request, Response and Delta are the words of package wire.
type (
	Request  = wire.Request
	Response = wire.Response
	Delta    = wire.Delta
)

// Client calls a model. Generate may be called from many goroutines at once. It must not change req; the answer is
// the caller's own, who may change it.
//
// One that sends req itself sends MaxOutput as the output cap ([wire.NoOutput] is a cap of nothing) and gives back what the
// provider reported as Usage, in disjoint buckets; without it the whole hold is charged as assumed. It calls OnDelta, if
// that is set, with what comes.
//
// A failure is, or wraps, a *wire.Error, whose class decides whether to try again and whose Sent and Status what is
// charged, or a refusal of the budget (see [budget.ErrRefused]). Any other error is taken for a call that may have been
// sent and billed: its hold is charged, and it is tried again as one whose connection was lost.
type Client interface {
	Generate(ctx context.Context, req *Request) (*Response, error)
}

// ClientFunc is a function as a Client.
type ClientFunc func(ctx context.Context, req *Request) (*Response, error)

// Generate calls f.
func (f ClientFunc) Generate(ctx context.Context, req *Request) (*Response, error) {
	return f(ctx, req)
}

// Middleware wraps a client in another. It must not change the client, nor a request: it copies one to
// change it. Wrapping the same client twice gives two independent clients.
type Middleware func(next Client) Client

// Chain wraps c in the middlewares; the first is the outermost.
func Chain(c Client, m ...Middleware) Client {
	for i := len(m) - 1; i >= 0; i-- {
		c = m[i](c)
	}
	return c
}

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
// the caller's own, who may change it. A failure is, or wraps, a *wire.Error or a refusal of the budget (see
// [budget.ErrRefused]); any other error is taken for a call that may have been sent and billed.
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

package middleware

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Caps bounds the output caps of calls; see package wire.
type Caps = wire.Caps

// Cap bounds the output caps of calls by what of gives for their model, before anything is paced, held or sent for them. Caps that
// the context of a call carries go before. of is safe for concurrent use.
func Cap(of func(model string) Caps) Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			if err := unpaid(req, "Cap"); err != nil {
				return nil, err // what is sent would not be what is held
			}
			own, _ := ctx.Value(capsKey{}).(Caps)
			return next.Generate(ctx, own.Or(of(req.Model)).Apply(req))
		})
	}
}

type capsKey struct{}

// WithCaps returns a context whose calls have these caps, of a client of a proxy say, before those of their models. What
// ctx carries already is wider. Only a chain that has [Cap] in it knows them.
func WithCaps(ctx context.Context, c Caps) context.Context {
	wider, _ := ctx.Value(capsKey{}).(Caps)
	return context.WithValue(ctx, capsKey{}, c.Or(wider))
}

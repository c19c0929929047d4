package middleware

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Count counts the tokens of a request, unless somebody did, for the middlewares below it.
func Count() Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			return next.Generate(ctx, counted(req))
		})
	}
}

// counted returns req if it was counted, else a copy with its count.
func counted(req *Request) *Request {
	if req.Count != nil {
		return req
	}
	count := wire.Count(req)
	with := *req
	with.Count = &count
	return &with
}

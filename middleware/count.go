package middleware

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Count counts the tokens of a request, unless somebody did, for the middlewares below it.
func Count() Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			req, err := counted(ctx, req)
			if err != nil {
				return nil, err
			}
			return next.Generate(ctx, req)
		})
	}
}

// counted returns req if it was counted, else a copy with its count. The error is ctx's cause, if ctx ends before.
func counted(ctx context.Context, req *Request) (*Request, error) {
	if req.Count != nil {
		return req, nil
	}
	count, err := wire.CountContext(ctx, req)
	if err != nil {
		return nil, err
	}
	with := *req
	with.Count = &count
	return &with, nil
}

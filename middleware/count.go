package middleware

import (
	"context"

	"github.com/orchestrate-go/orchestrate/middleware/count"
)

// Count counts the tokens of a request, unless somebody did, for the middlewares below it. A request that one of them
// changes is counted again by those below it.
func Count() Middleware {
	return func(next Client) Client {
		return ClientFunc(func(ctx context.Context, req *Request) (*Response, error) {
			req, err := count.Counted(ctx, req)
			if err != nil {
				return nil, err
			}
			return next.Generate(ctx, req)
		})
	}
}

package middleware

import (
	"context"
	"errors"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// A chain in the wrong order spends what nobody holds: a Retry inside Budget sends several attempts on one hold, and
// two Budgets hold one attempt twice. Both are noticed by the request that Budget is paying for. A call of another
// request under it (a tool that asks a model) is no mistake: it has a hold of its own.

type payingKey struct{}

// paying returns a context that says which request a Budget is paying for.
func paying(ctx context.Context, req *Request) context.Context {
	return context.WithValue(ctx, payingKey{}, req)
}

// unpaid returns an error if a Budget outside is paying for req already. what is who noticed.
func unpaid(ctx context.Context, req *Request, what string) error {
	outer, _ := ctx.Value(payingKey{}).(*Request)
	if outer == nil || !sameRequest(outer, req) {
		return nil
	}
	return &wire.Error{Class: wire.Invalid, Err: errors.New("middleware: " + what + " stands inside Budget, which must be innermost")}
}

// sameRequest reports whether one request is the other, or a middleware's copy of it.
func sameRequest(a, b *Request) bool {
	if a == b {
		return true
	}
	if a.Raw != nil || b.Raw != nil {
		return a.Raw == b.Raw
	}
	return len(a.Messages) > 0 && len(a.Messages) == len(b.Messages) && &a.Messages[0] == &b.Messages[0]
}

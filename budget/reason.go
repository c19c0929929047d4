package budget

import "context"

type reasonKey struct{}

// WithReason returns a context with which limits are changed for a reason that the books keep: who does it, and why.
func WithReason(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, reasonKey{}, reason)
}

func reasonOf(ctx context.Context) string {
	reason, _ := ctx.Value(reasonKey{}).(string)
	return reason
}

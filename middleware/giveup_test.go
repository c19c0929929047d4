package middleware_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Who gives up while a request is counted has sent nothing and holds nothing, whichever middleware counts.
func TestGivingUpACount(t *testing.T) {
	why := errors.New("the run was aborted")
	for name, m := range map[string]middleware.Middleware{
		"rate limit": middleware.RateLimit(middleware.Rates{TokensPerMinute: 1 << 40}),
		"budget":     middleware.Budget(newManager(t, budget.Config{}), middleware.BudgetOptions{}),
	} {
		inner := middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			t.Errorf("%s: sent", name)
			return usedAnswer(1, 1), nil
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		req := &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt(strings.Repeat(name+" of a long text ", 100_000))}
		if _, err := middleware.Chain(inner, m).Generate(ctx, req); !errors.Is(err, why) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

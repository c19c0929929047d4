package middleware_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
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

// A fallback asks another model, which has other tokens: it is held for as that model counts, whoever counted before.
func TestACountForAnotherModelIsNotTaken(t *testing.T) {
	messages := wire.Prompt(strings.Repeat("Zwei Dinge erfüllen das Gemüt. ", 20))
	for name, known := range map[string]*wire.Count{
		"nobody's":        nil,
		"somebody's":      {Count: tokenizer.Count{Tokens: 3, Certainty: tokenizer.Exact}, Model: "gpt-4o"},
		"without a model": {Count: tokenizer.Count{Tokens: 3, Certainty: tokenizer.Exact}},
	} {
		m := newManager(t, budget.Config{})
		var held int64
		fallback := func(next middleware.Client) middleware.Client {
			return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
				other := *req
				other.Model = "claude-sonnet-4-5"
				return next.Generate(ctx, &other)
			})
		}
		client := middleware.Chain(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			held = m.Total().Held.Tokens
			return usedAnswer(8, 2), nil
		}), middleware.Count(), fallback, middleware.Budget(m, middleware.BudgetOptions{}))
		if _, err := client.Generate(t.Context(), &middleware.Request{Model: "gpt-4o", Messages: messages, MaxOutput: 10, Count: known}); err != nil {
			t.Fatal(err)
		}
		if want := count.Of(&wire.Request{Model: "claude-sonnet-4-5", Messages: messages}).Bound() + 10; held != want {
			t.Errorf("%s: held %d, want %d", name, held, want)
		}
	}
}

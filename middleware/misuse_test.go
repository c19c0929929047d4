package middleware_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// A chain in the wrong order reaches no provider and leaves no hold.
func TestMisuseIsNoticed(t *testing.T) {
	retry := middleware.Retry(middleware.RetryOptions{})
	for _, tc := range []struct {
		name  string
		chain func(pay middleware.Middleware) []middleware.Middleware
		want  string // "" if it is no mistake
	}{
		{"Retry outside Budget", func(pay middleware.Middleware) []middleware.Middleware {
			return []middleware.Middleware{retry, pay}
		}, ""},
		{"Retry inside Budget", func(pay middleware.Middleware) []middleware.Middleware {
			return []middleware.Middleware{pay, retry}
		}, "Retry stands inside Budget"},
		{"two Budgets", func(pay middleware.Middleware) []middleware.Middleware {
			return []middleware.Middleware{pay, middleware.Log(slog.New(slog.DiscardHandler), middleware.LogOptions{}), pay}
		}, "a second Budget stands inside Budget"},
	} {
		for what, req := range map[string]*middleware.Request{
			"built":  {Model: "gpt-4o", Messages: wire.Prompt("hello"), MaxOutput: 10},
			"parsed": parsed(t, `{"model":"gpt-4o","max_tokens":10,"messages":[{"role":"user","content":"hello"}]}`),
		} {
			m := newManager(t, budget.Config{})
			calls := 0
			provider := middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
				calls++
				return usedAnswer(8, 2), nil
			})
			_, err := middleware.Chain(provider, tc.chain(middleware.Budget(m, middleware.BudgetOptions{}))...).Generate(t.Context(), req)
			total := m.Total()
			switch {
			case tc.want == "" && (err != nil || calls != 1 || total.Settled.Tokens != 10):
				t.Errorf("%s, %s: %v, %d calls, %+v", tc.name, what, err, calls, total.Counters)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || calls != 0 || !total.Settled.IsZero()):
				t.Errorf("%s, %s: %v, %d calls, %+v", tc.name, what, err, calls, total.Counters)
			}
			if !total.Held.IsZero() {
				t.Errorf("%s, %s: held %v", tc.name, what, total.Held)
			}
		}
	}
}

func parsed(t *testing.T, body string) *middleware.Request {
	t.Helper()
	req, err := openai.Format.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// A tool that asks a model while its caller's attempt is under way is paid for by itself.
func TestANestedCallIsPaidForByItself(t *testing.T) {
	m := newManager(t, budget.Config{})
	var client middleware.Client
	client = middleware.Chain(middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
		if req.Messages[0].Text() == "outer" {
			if _, err := client.Generate(ctx, &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("inner"), MaxOutput: 10}); err != nil {
				t.Error(err)
			}
		}
		return usedAnswer(8, 2), nil
	}), middleware.Retry(middleware.RetryOptions{}), middleware.Budget(m, middleware.BudgetOptions{}))
	if _, err := client.Generate(t.Context(), &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("outer"), MaxOutput: 10}); err != nil {
		t.Fatal(err)
	}
	if total := m.Total(); total.Settled.Tokens != 20 {
		t.Errorf("%+v", total.Counters)
	}
}

// A request that a middleware changes after it was counted is held for as it is sent.
func TestAChangedRequestIsCountedAgain(t *testing.T) {
	long := strings.Repeat("a longer text than before. ", 100)
	for name, change := range map[string]func(r *middleware.Request){
		"a message more": func(r *middleware.Request) {
			r.Messages = append(r.Messages[:1:1], wire.Text(wire.User, long))
		},
		"another text":        func(r *middleware.Request) { r.Messages = wire.Prompt(long) },
		"a text in its place": func(r *middleware.Request) { r.Messages[0].Parts[0].Text = long },
		"tools":               func(r *middleware.Request) { r.Tools = []wire.Tool{{Name: "t", Description: long}} },
		"a schema":            func(r *middleware.Request) { r.Schema = []byte(`{"description":"` + long + `"}`) },
	} {
		m := newManager(t, budget.Config{})
		var held int64
		client := middleware.Chain(middleware.ClientFunc(func(context.Context, *middleware.Request) (*middleware.Response, error) {
			held = m.Total().Held.Tokens
			return usedAnswer(8, 2), nil
		}), func(next middleware.Client) middleware.Client {
			return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
				changed := *req
				change(&changed)
				return next.Generate(ctx, &changed)
			})
		}, middleware.Budget(m, middleware.BudgetOptions{}))
		req := &middleware.Request{Model: "gpt-4o", Messages: wire.Prompt("hello"), MaxOutput: 10}
		if _, err := client.Generate(t.Context(), req); err != nil || held < 500 {
			t.Errorf("%s: held %d, %v", name, held, err)
		}
	}
}

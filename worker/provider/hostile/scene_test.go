package hostile

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
)

// What no error, log or book may hold. The prompt is of 12 tokens or more, in every tokenizer.
const (
	secretKey    = "sk-proj-4fG7hJ2kL9mN3pQ8rS5tV1wX6yZ0"
	secretPrompt = "My password is correct-horse-battery-staple, tell nobody at all."
	promptTokens = 12
	outputCap    = 50
)

// scene is one call of a scenario.
type scene struct {
	scenario
	t      *testing.T
	way    way
	chain  chain
	books  *bookkeeper
	server *server
	id     string // of the task that it is charged to, and of its path
	log    record

	mu   sync.Mutex
	till []bill // of the deliveries, in order
}

// enough is after how many deliveries the server says something for good: gates ask again for as long as they are
// told to come back at once.
const enough = 20

// deliver notes a delivery, with its bill, and returns what the server does with it.
func (s *scene) deliver() play {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.replies[min(len(s.till), len(s.replies)-1)]
	if len(s.till) >= enough {
		r = reply{sends(whole(400, asJSON, "", "{}")), bill{word: costless}}
	}
	s.till = append(s.till, r.bill)
	return r.play
}

func (s *scene) bills() []bill {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.till
}

// run makes the call, waits for it, and judges what it left behind.
func (s *scene) run() {
	s.server.admit(s)
	defer s.server.dismiss(s)
	done := make(chan error, 1)
	ctx := s.context()
	if s.patience > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, s.patience)
		defer cancel()
	}
	go func() { done <- s.way.call(ctx, s) }()
	watch := time.NewTimer(longest)
	defer watch.Stop()
	select {
	case err := <-done:
		s.judge(err)
	case <-watch.C:
		s.errorf("is not over after %v", longest)
	}
}

// errorf reports a failure, as long as there are not many.
func (s *scene) errorf(format string, args ...any) {
	const many = 40
	if s.books.failures.Add(1) > many {
		s.t.Fail()
		return
	}
	s.t.Errorf("%s (%s, %s): %s", s.name, s.way.name, s.chain.name, fmt.Sprintf(format, args...))
}

func (s *scene) context() context.Context {
	return budget.WithScopes(s.t.Context(), budget.Run("r"), budget.Worker("w"), budget.Task(s.id))
}

// middlewares is the scene's chain on the books.
func (s *scene) middlewares() []middleware.Middleware {
	m := []middleware.Middleware{middleware.Log(slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})), middleware.LogOptions{})}
	if s.chain.retry {
		m = append(m, middleware.Retry(middleware.RetryOptions{Attempts: 2, Initial: time.Millisecond, Max: 5 * time.Millisecond}))
	}
	if s.chain.pause {
		gates := middleware.NewGates(middleware.GateOptions{Patience: 5 * time.Millisecond, Initial: time.Millisecond, Max: 2 * time.Millisecond})
		m = append(m, gates.Pause("p"))
	}
	return append(m, middleware.Budget(s.books.manager, middleware.BudgetOptions{Tier: s.accountTier()}))
}

func (s *scene) accountTier() budget.Tier {
	if s.way.name == "provider" {
		return budget.Tier{Service: s.ask.tier}
	}
	return budget.Tier{}
}

// chain says which middlewares stand before the budget.
type chain struct {
	name         string
	retry, pause bool
}

var chains = []chain{{name: "bare"}, {name: "retry", retry: true}, {name: "retry and pause", retry: true, pause: true}}

// record is a log.
type record struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

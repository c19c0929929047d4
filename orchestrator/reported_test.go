package orchestrator

import (
	"context"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// runOne runs a task of 100 tokens at most with do.
func runOne(t *testing.T, do func(context.Context, *budget.Manager) (worker.Result, error)) (r Result) {
	t.Helper()
	m := budget.New(budget.Config{Limits: budget.Limits{budget.Task(""): budget.TokenLimit(100)}})
	_, err := Run(t.Context(), Options{
		Manager: m, Tasks: []worker.Task{{ID: "x", Prompt: "p"}}, OnResult: func(got Result) error { r = got; return nil },
		Workers: []Slots{{Name: "a", Model: "m", Worker: worker.Func(func(ctx context.Context, _ worker.Task) (worker.Result, error) { return do(ctx, m) })}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// spend makes a call of 40 tokens.
func spend(ctx context.Context, m *budget.Manager) error {
	r, err := m.Reserve(ctx, budget.Call{Model: "m", Input: 20, MaxOutput: 20})
	if err != nil {
		return err
	}
	r.Sent()
	return r.Settle(ctx, budget.Outcome{Usage: budget.Usage{Input: 20, Output: 20}})
}

// What a worker counts by itself stands beside the books, with the difference.
func TestAWorkersOwnCount(t *testing.T) {
	r := runOne(t, func(ctx context.Context, m *budget.Manager) (worker.Result, error) {
		return worker.Result{Output: "x", Reported: &budget.Usage{Input: 25, Output: 22}}, spend(ctx, m)
	})
	if r.Outcome != Done || r.Reported == nil || r.Drift == nil || *r.Drift != 7 || r.Tokens != 40 {
		t.Errorf("%+v", r)
	}
}

// A refusal that a worker returns decides, also where another of its calls was granted meanwhile.
func TestARefusalBesideAGrant(t *testing.T) {
	r := runOne(t, func(ctx context.Context, m *budget.Manager) (worker.Result, error) {
		_, refused := m.Reserve(ctx, budget.Call{Model: "m", Input: 20, MaxOutput: 200, MinOutput: 200})
		if err := spend(ctx, m); err != nil {
			t.Error(err)
		}
		return worker.Result{Output: "half"}, refused
	})
	if r.Outcome != Exhausted || r.Output != "half" || r.Tokens != 40 {
		t.Errorf("%+v", r)
	}
}

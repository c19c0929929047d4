package project_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
)

// TestLimitsChangeUnderAThousandCalls: while a thousand tasks run at once a limit goes down and up again. At each moment what is
// settled and held is within the limit and the debt, and in the end what was lowered is booked, and all tasks are done.
func TestLimitsChangeUnderAThousandCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orchestrate.toml")
	text := `[budget]
total_budget_limit = "1M"
[providers.practice]
kind = "sim"
latency = "1ms"
min_output_tokens = 50
max_output_tokens = 50
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
max_output_tokens = 50
concurrency = 1000
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []worker.Task
	for i := range 3000 {
		list = append(list, worker.Task{ID: fmt.Sprint("t", i), Prompt: "Say something."})
	}
	changed := make(chan error, 1)
	ctx, abort := context.WithCancel(t.Context())
	defer abort()
	ended, err := p.Run(ctx, project.RunOptions{
		Tasks: list, OnDeferred: orchestrator.WaitDeferred,
		OnRunning: func(r *project.Running) (func(), error) {
			go func() {
				err := change(t, r)
				if changed <- err; err != nil {
					abort()
				}
			}()
			return func() {
				if err := <-changed; err != nil {
					t.Error(err)
				}
				sound(t, r)
			}, nil
		},
	})
	if err != nil || ended.Summary.Counts[orchestrator.Done] != len(list) {
		t.Errorf("%v, %v", ended.Summary.Counts, err)
	}
}

// change lowers and raises the limit of everything, and that of the model.
func change(t *testing.T, r *project.Running) error {
	for i := range 40 {
		to := []string{"1k", "1M", "100k", "30k"}[i%4]
		if i == 39 {
			to = "unlimited"
		}
		key := []string{"total_budget_limit", "models.gpt-4o-mini.max_tokens"}[i/4%2]
		if i >= 36 { // both end without a limit that binds
			if _, err := r.SetLimits(t.Context(), []string{"models.gpt-4o-mini.max_tokens=unlimited"}, project.Who{Name: "ana"}); err != nil {
				return err
			}
			key = "total_budget_limit"
		}
		if _, err := r.SetLimits(t.Context(), []string{key + "=" + to}, project.Who{Name: "ana"}); err != nil {
			return err
		}
		sound(t, r)
	}
	return nil
}

func sound(t *testing.T, r *project.Running) {
	for _, s := range r.Status().Scopes {
		if err := s.Sound(); err != nil {
			t.Error(err)
		}
		if s.Scope == budget.Total && s.Debt.Lowered.IsZero() && s.Limit.Tokens != nil && *s.Limit.Tokens < s.Settled.Tokens {
			t.Errorf("no debt on %+v", s)
		}
	}
}

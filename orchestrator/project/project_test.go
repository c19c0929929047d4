package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
)

// open opens a project of the simulator, with a limit.
func open(t *testing.T, limit string) *project.Project {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orchestrate.toml")
	text := "[budget]\ntotal_budget_limit = " + limit + `
[providers.practice]
kind = "sim"
min_output_tokens = 50
max_output_tokens = 50
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
max_output_tokens = 50
concurrency = 1
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Open(path, func(message string) { t.Errorf("warned: %s", message) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestARunOfAListGoesOn: tasks that a program gives need no file, also where the run goes on, and no task is paid for
// twice. Whoever does not give them again is told to.
func TestARunOfAListGoesOn(t *testing.T) {
	p := open(t, "150")
	list := []worker.Task{{ID: "a", Prompt: "Say a."}, {ID: "b", Prompt: "Say b."}, {ID: "c", Prompt: "Say c."}}
	first, err := p.Run(t.Context(), project.RunOptions{Tasks: list})
	if err != nil || first.Summary.Counts[orchestrator.Done] != 2 || first.Summary.Counts[orchestrator.Deferred] != 1 {
		t.Fatal(first.Summary.Counts, err)
	}
	if _, err := p.Run(t.Context(), project.RunOptions{Resume: project.LastRun}); err == nil {
		t.Error("it goes on without its tasks")
	}
	if _, err := p.SetBudget([]string{"total_budget_limit=1000"}); err != nil {
		t.Fatal(err)
	}
	if p, err = project.Open(p.Path, nil); err != nil {
		t.Fatal(err)
	}
	plan, err := p.Plan(t.Context(), project.PlanOptions{Tasks: list, Resume: first.Summary.Run})
	if err != nil || len(plan.Tasks) != 3 {
		t.Fatal(plan, err)
	}
	second, err := p.Run(t.Context(), project.RunOptions{Tasks: list, Resume: first.Summary.Run})
	if err != nil || second.Summary.Resumed != 2 || second.Summary.Counts[orchestrator.Done] != 1 {
		t.Errorf("%+v, %v", second.Summary, err)
	}
	if second.TaskFile != "" {
		t.Errorf("the books call the list %q", second.TaskFile)
	}
}

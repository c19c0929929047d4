package project_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A project runs from its orchestrate.toml, with its books, its budget and its workers.
func Example() {
	path, done := exampleProject()
	defer done()

	p, err := project.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	ended, err := p.Run(context.Background(), project.RunOptions{
		Tasks:    []worker.Task{{ID: "greet", Prompt: "Say hello."}, {ID: "part", Prompt: "Say goodbye."}},
		OnResult: func(r orchestrator.Result) error { fmt.Println(r.ID, r.Outcome); return nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ended.Summary.Counts[orchestrator.Done], "done; within the limit:", ended.Total.Settled.Tokens <= 1000)
	// Unordered output:
	// greet done
	// part done
	// 2 done; within the limit: true
}

// shout is a worker of one's own. Its client is paid for and paced as the project says.
type shout struct {
	client middleware.Client
	model  string
}

func (s shout) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	resp, err := s.client.Generate(ctx, &middleware.Request{Model: s.model, Messages: wire.Prompt(t.Prompt), MaxOutput: 50})
	if err != nil {
		return worker.Result{}, err
	}
	resp.Text = strings.ToUpper(resp.Text[:1]) + "..."
	return worker.ResultOf(resp)
}

// Each of the project's workers does its tasks as RunOptions.Worker says.
func ExampleNewWorker() {
	path, done := exampleProject()
	defer done()

	p, err := project.Open(path, nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = p.Run(context.Background(), project.RunOptions{
		Tasks: []worker.Task{{ID: "greet", Prompt: "Say hello."}},
		Worker: func(w config.Worker, client middleware.Client) worker.Worker {
			return shout{client, w.Model}
		},
		OnResult: func(r orchestrator.Result) error { fmt.Println(r.ID, r.Outcome, len(r.Output)); return nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// greet done 4
}

// exampleProject writes a project whose provider is the simulator.
func exampleProject() (path string, done func()) {
	dir, err := os.MkdirTemp("", "project-")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "orchestrate.toml")
	err = os.WriteFile(path, []byte(`
[budget]
total_budget_limit = 1000
[providers.practice]
kind = "sim"
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
max_output_tokens = 50
`), 0o600)
	if err != nil {
		log.Fatal(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

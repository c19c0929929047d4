package orchestrator_test

import (
	"context"
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
	"github.com/orchestrate-go/orchestrate/worker"
)

// OneLiner is a worker of one's own. Its client is a chain with a budget, so it is metered like every other.
type OneLiner struct {
	middleware.Client
	Model     string
	MaxOutput int64
}

func (o OneLiner) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	resp, err := o.Generate(ctx, o.request(t))
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Output: resp.Text, Model: resp.Model}, nil
}

// Estimate lets the scheduler hold a task back that would not fit. Without it tasks are simply tried.
func (o OneLiner) Estimate(_ context.Context, t worker.Task) (budget.Call, error) {
	return middleware.CallOf(o.request(t), 0)
}

func (o OneLiner) request(t worker.Task) *middleware.Request {
	return &middleware.Request{
		Model: o.Model, MaxOutput: o.MaxOutput,
		Messages: wire.Prompt("Summarise in one line:\n\n" + t.Prompt),
	}
}

// offline answers without a network, so that the example can be run anywhere.
var offline = middleware.ClientFunc(func(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
	text := req.Messages[len(req.Messages)-1].Text()
	return &middleware.Response{
		Text: fmt.Sprintf("A line about %d letters.", len(text)), Model: req.Model,
		Usage: &wire.Usage{Usage: budget.Usage{Input: req.Count.Tokens, Output: req.MaxOutput}},
	}, nil
})

// A project's configuration and task file are read, a worker of one's own is registered, and the tasks run
// as far as the budget goes: the urgent digest and what it needs first.
func Example() {
	ctx := context.Background()
	project, _, err := config.Load("testdata/example/orchestrate.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := tasks.Load("testdata/example/tasks.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	// With sqlite.Open's ledger in it, the books survive the process.
	manager, err := budget.Open(ctx, budget.Config{Limits: project.LimitsFor(list), Ledger: new(budget.Memory)})
	if err != nil {
		fmt.Println(err)
		return
	}
	chain := middleware.Chain(offline, middleware.Budget(manager, middleware.BudgetOptions{}))
	w := project.Workers[0]
	summary, err := orchestrator.Run(ctx, orchestrator.Options{
		Manager: manager,
		Workers: []orchestrator.Slots{{
			Name: w.Name, Provider: w.Provider, Model: w.Model, Concurrency: w.Concurrency,
			Worker: OneLiner{Client: chain, Model: w.Model, MaxOutput: w.MaxOutput},
		}},
		Tasks: list,
		Run:   orchestrator.NewRunID(),
		OnResult: func(r orchestrator.Result) error {
			fmt.Printf("%-10s %-8s %2d tokens  %s%s\n", r.ID, r.Outcome, r.Tokens, r.Output, r.Reason)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(summary.Counts[orchestrator.Done], "of", summary.Total, "done")
	// Output:
	// tides      done     49 tokens  A line about 103 letters.
	// harbour    done     47 tokens  A line about 101 letters.
	// digest     done     44 tokens  A line about 76 letters.
	// lighthouse deferred  0 tokens  budget of total exceeded: 45 tokens wanted, limit 180 (settled 140, held 0)
	// 3 of 4 done
}

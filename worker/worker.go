// Package worker does tasks. A [Worker] turns one [Task] into one [Result]; the budget, retries and
// limits live in the chain of its model client (package middleware), so that a worker of ten lines is
// metered like every other:
//
//	func (w Summarizer) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
//		resp, err := w.Client.Generate(ctx, &middleware.Request{
//			Model:     "gpt-4o-mini",
//			Messages:  wire.Prompt("Summarise in one line:\n\n" + t.Prompt),
//			MaxOutput: 200,
//		})
//		if err != nil {
//			return worker.Result{}, err
//		}
//		return worker.ResultOf(resp)
//	}
//
// Worker [Prompt] sends a task's prompt to a model. Package worker/provider has the model clients.
package worker

import (
	"context"
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Task is one row of a task file. A worker must not change it.
type Task struct {
	ID        string
	Prompt    string   // expanded: upstream outputs are in place
	System    string   // instructions that go before the prompt, or ""
	DependsOn []string // ids of the tasks whose outputs it needs
	Priority  int      // higher goes first; 0 is normal
	Value     *float64 // what it is worth done, in place of what its priority says; nil leaves it to that
	Worker    string   // the worker it must go to, "" for any
	Model     string   // the model to ask, "" for the worker's own

	MaxOutput int64 // output cap in tokens, 0 for the default
	MinOutput int64 // the least cap that is worth sending; 0 forbids a clamp

	// Labels are what its calls are charged to beside its worker and itself ([budget.Label]): a customer, say. They are
	// no part of what it asks. At most [budget.MaxLabels], each once.
	Labels []string

	// Deadline is when the task must have begun: a time with its date and zone (RFC 3339), or a time of day (07:00) in the
	// run's zone, the next one after the run began. "" is never. See [ParseDeadline].
	Deadline string

	Limit budget.Limit // the task's own limit; nil fields stand for the project's

	// Group is what the task is one of, "" for none; at most MaxParallel of a group run at once, 0 for any number.
	Group       string
	MaxParallel int

	// Gathers are the groups among what it depends on, by their names: the ids of their tasks, in order. {{ output "group" }} in
	// its prompt is the outputs of them all, an empty line between two.
	Gathers map[string][]string

	// Foreach says that the task is none itself, but stands for those that are made of the output of one it depends on. Whoever
	// depends on it gathers them. Nil for all others.
	Foreach *Foreach

	// Template names what the prompt was made from, "" if from nothing: tasks of one template have answers of like length.
	Template string

	// Request is the whole request of a request line (an OpenAI Batch body, say); Prompt and System are
	// then empty. Nil for other tasks.
	Request *wire.Request

	// Stored has the prompt, where that is not in memory: see [Task.Loaded]. A worker gets the prompt itself.
	Stored Stored

	// Parameters are what it asks for beside its prompt; nil for most.
	Parameters *Parameters

	// Metadata is what its file says about it beside: a JSON object, or nil. It is no part of what is asked, and is carried into
	// the results.
	Metadata json.RawMessage

	// Columns is the row of data that the task was made of, a JSON object with its columns in their order; nil for other
	// tasks. It is carried into the results as well.
	Columns json.RawMessage

	// Source is where the task stands, for messages: "tasks.toml:12".
	Source string

	// Numbered says that the task file gave no id: ID is its place in the file. A task that moves in its file is
	// known again by what it asks.
	Numbered bool
}

// Worker does tasks. Work may be called from many goroutines at once. It passes ctx, or one derived from
// it, to every model call: the context carries the scopes that the calls are charged to. It returns an
// error when the task has no usable result; what was spent until then is in the books either way, and what the
// result says beside the error is kept with it.
//
// A nil error means done, also without an output: a worker may be there for what it does. Whoever hands on a
// model's answer says so where that holds nothing (see [ResultOf]).
type Worker interface {
	Work(ctx context.Context, t Task) (Result, error)
}

// Func is a function as a Worker.
type Func func(ctx context.Context, t Task) (Result, error)

// Work calls f.
func (f Func) Work(ctx context.Context, t Task) (Result, error) { return f(ctx, t) }

// Estimator is a worker that can tell beforehand what a task's first call will ask of the budget. It makes
// no call. A scheduler plans with it; workers without it are simply tried.
type Estimator interface {
	// Estimate gives up when ctx ends: to count a long prompt takes time.
	Estimate(ctx context.Context, t Task) (budget.Call, error)
}

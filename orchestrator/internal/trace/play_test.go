package trace_test

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/trace"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker"
)

// played is what a run finished.
type played struct {
	worth           float64
	top, topOf      int     // critical tasks done, and all of them
	took            float64 // seconds
	busy            float64 // share of the slots' time
	cuts            int     // answers that a cap from history had cut
	early           int     // tasks deferred whose hold would still have fitted at the end
	spent           float64 // share of the limit
	errors, medians []float64
}

// play lets the real scheduler run a problem under a budget of tokens.
func play(t *testing.T, p trace.Problem, limit int64, change func(*orchestrator.Options)) (out played) {
	synctest.Test(t, func(t *testing.T) {
		manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(limit)}, Logger: slog.New(slog.DiscardHandler)})
		w := &model{problem: p, place: make(map[string]int)}
		w.Client = middleware.Metered(w, manager, middleware.Options{})
		o := orchestrator.Options{
			Manager: manager, Run: "trace", Logger: slog.New(slog.DiscardHandler),
			Workers: []orchestrator.Slots{{Name: "w", Model: "m", Worker: w, Concurrency: trace.Slots}},
		}
		for i, task := range p.Tasks {
			w.place[trace.ID(i)] = i
			o.Tasks = append(o.Tasks, w.task(i, task))
		}
		var busy time.Duration
		results := make(map[string]orchestrator.Result)
		o.OnResult = func(r orchestrator.Result) error {
			results[r.ID] = r
			if r.Outcome == orchestrator.Done {
				busy += r.Ended.Sub(r.Started)
			}
			return nil
		}
		if change != nil {
			change(&o)
		}
		start := time.Now()
		if _, err := orchestrator.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		out.took, out.busy = took.Seconds(), float64(busy)/float64(trace.Slots*took+1)
		settled := manager.Total().Settled.Tokens
		out.spent = float64(settled) / float64(limit)
		for i, task := range p.Tasks {
			out.count(task, p.Groups[task.Group], results[trace.ID(i)], limit-settled)
		}
	})
	return out
}

// count takes in what became of one task.
func (out *played) count(task trace.Task, g trace.Group, r orchestrator.Result, left int64) {
	if task.Priority == 3 {
		out.topOf++
	}
	if r.Recut > 0 {
		out.cuts++
	}
	switch {
	case r.Outcome == orchestrator.Done:
		out.worth += task.Worth()
		if task.Priority == 3 {
			out.top++
		}
		cost := float64(task.Cost())
		out.errors = append(out.errors, math.Abs(float64(r.Expected)-cost)/cost)
		out.medians = append(out.medians, math.Abs(float64(task.Input+g.Median())-cost)/cost)
	case r.Recut == 0 && task.Hold() <= left && len(task.Needs) == 0:
		out.early++
	}
}

// model is the worker and the model behind its chain: it answers with as many tokens as the problem says.
type model struct {
	middleware.Client
	problem trace.Problem
	place   map[string]int
}

func (m *model) task(place int, t trace.Task) worker.Task {
	task := worker.Task{ID: trace.ID(place), Priority: t.Priority, System: trace.ID(t.Group)}
	for _, j := range t.Needs {
		task.DependsOn = append(task.DependsOn, trace.ID(j))
	}
	return task
}

func (m *model) request(t worker.Task) *middleware.Request {
	own := m.problem.Tasks[m.place[t.ID]]
	limit := own.Cap
	if t.MaxOutput > 0 {
		limit = t.MaxOutput
	}
	return &middleware.Request{
		Model: "m", Messages: wire.Prompt(t.ID), MaxOutput: limit,
		Count: &wire.Count{Model: "m", Count: tokenizer.Count{Tokens: own.Input, Certainty: tokenizer.Exact}},
	}
}

// Work implements [worker.Worker].
func (m *model) Work(ctx context.Context, t worker.Task) (worker.Result, error) {
	resp, err := m.Client.Generate(ctx, m.request(t))
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Output: "done", Finish: resp.Finish}, nil
}

// Estimate implements [worker.Estimator].
func (m *model) Estimate(_ context.Context, t worker.Task) (budget.Call, error) {
	return middleware.CallOf(m.request(t), 0)
}

// Generate answers below the chain.
func (m *model) Generate(_ context.Context, req *middleware.Request) (*middleware.Response, error) {
	own := m.problem.Tasks[m.place[req.Messages[0].Text()]]
	own.Output = min(own.Output, req.MaxOutput)
	time.Sleep(own.Takes())
	finish := wire.FinishStop
	if own.Output == req.MaxOutput && req.MaxOutput < own.Cap {
		finish = wire.FinishLength
	}
	return &middleware.Response{Text: "done", Finish: finish, Usage: &wire.Usage{Usage: budget.Usage{Input: own.Input, Output: own.Output}}}, nil
}

// history is what earlier runs of tasks like these left in the books.
func history(p trace.Problem) orchestrator.History {
	h := make(orchestrator.History)
	rng := rand.New(rand.NewPCG(1, 2))
	for i, g := range p.Groups {
		group := orchestrator.GroupOf(worker.Task{System: trace.ID(i), Model: "m"}, "w")
		for range 30 {
			h.Add(orchestrator.Result{Outcome: orchestrator.Done, Group: group, Usage: budget.Usage{Output: g.Answer(rng)}})
		}
	}
	return h
}

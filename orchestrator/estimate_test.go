package orchestrator

import (
	"context"
	"errors"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// ponderer is a worker whose estimates take as long as nobody aborts the run.
type ponderer struct{ begun chan struct{} }

func (ponderer) Work(ctx context.Context, _ worker.Task) (worker.Result, error) {
	return worker.Result{}, context.Cause(ctx)
}

func (p ponderer) Estimate(ctx context.Context, _ worker.Task) (budget.Call, error) {
	select {
	case p.begun <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return budget.Call{}, context.Cause(ctx)
}

func TestAbortingARunEndsItsEstimates(t *testing.T) {
	w := newWorld(t, budget.Limits{})
	p := ponderer{make(chan struct{}, 1)}
	w.options.Workers = []Slots{{Name: "a", Worker: p, Model: "m"}}
	for _, id := range []string{"one", "two"} {
		w.options.Tasks = append(w.options.Tasks, worker.Task{ID: id, Prompt: id})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-p.begun
		cancel(errors.New("aborted"))
	}()
	summary, err := Run(ctx, w.options)
	if err != nil || summary.Counts[Done] != 0 || summary.Total != 2 {
		t.Errorf("%+v, %v", summary, err)
	}
}

package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// completion is what a task's goroutine reports to the loop.
type completion struct {
	node *node
	crew *crew
	ending
	result   Result // unless again
	sum      budget.Summary
	recut    bool  // the answer was cut by a cap from history: the task is asked again
	served   bool  // a call succeeded
	attempts int   // requests on the wire
	err      error // the books could not be written
}

// ending is what a worker's return means for its task.
type ending struct {
	fate
	again   bool   // nothing was begun, or paid for: back to the queue, where another worker may take it
	refused error  // by the budget, the first call
	fault   *fault // how the provider refused the task, or nil
}

// charged returns a context whose calls are charged to a task at a worker: to its labels, the worker and itself.
func charged(ctx context.Context, t *worker.Task, at string) context.Context {
	scopes := make([]budget.Scope, 0, len(t.Labels)+2)
	for _, label := range t.Labels {
		scopes = append(scopes, budget.Label(label))
	}
	return budget.WithScopes(ctx, append(scopes, budget.Worker(at), budget.Task(t.ID))...)
}

// work does one task on a goroutine of its own. What the task is charged goes on a tab, and the tab is
// closed with the result: both are durable, or neither.
func (r *run) work(ctx context.Context, n *node, c *crew, tab *budget.Tab, first budget.OnFull) completion {
	started := time.Now().UTC()
	ctx, waits := wire.WithWaits(ctx)
	done, err := r.call(ctx, n, c)
	sum := tab.Summary()

	result := Result{
		ID: n.task.ID, Run: r.Run, Worker: c.Name, Model: cmp.Or(done.Model, n.task.Model, c.Model),
		Group: n.group.id, Expected: n.expected.Tokens, Started: started, Ended: time.Now().UTC(), Digest: worker.Digest(c.Worker, c.given(*n.task)),
		Metadata: n.task.Metadata, Columns: n.task.Columns,
	}
	result.HeldBack, result.WaitedBudget, result.WaitedProvider = n.heldBack, sum.Waited, waits.Provider()
	result.answer(done)
	result.charge(sum)
	result.Further = max(0, sum.Used.Tokens-sum.Usage.Output-n.first.Counted)
	result.Attempts += n.attempts
	report := completion{
		node: n, crew: c, served: served(err, sum), attempts: sum.Attempts, sum: sum,
		ending: r.classify(ctx, err, sum, n, c, first),
	}
	if report.again {
		report.err = tab.Close(ctx, nil)
		return report
	}
	result.take(report.fate)
	if n.recut != nil {
		result.again(n.recut)
	} else if n.lowered > 0 && result.Cut() {
		report.recut = true
		result.Outcome, result.Reason = Deferred, fmt.Sprintf("cut at a cap of %d tokens from history", n.lowered)
	}
	// The model that was asked is the scope that was charged, not the one that answered.
	result.Remaining = plus(r.Manager.Remaining(ctx, cmp.Or(n.task.Model, c.Model)), sum.Returning)
	if err := r.book(ctx, tab, result); err != nil {
		report.err = err
		result = result.WithoutOutput()
		result.Outcome, result.Omitted = Deferred, false
		result.Reason = "its result could not be written: " + err.Error()
	}
	report.result = result
	return report
}

// book makes what the task was charged and its result durable. An output that the books may not have must be safe
// elsewhere before they say that the task is done; where that fails, they have what it cost and no result. One that
// they could not take is kept elsewhere, too: it was paid for, and a resumed run finds it there.
func (r *run) book(ctx context.Context, tab *budget.Tab, result Result) error {
	kept := result
	keeps := r.KeepOutput != nil && kept.WithoutOutput().Omitted
	if keeps && r.DiscardOutputs {
		var err error
		if kept.OutputFile, err = r.KeepOutput(result); err != nil {
			return errors.Join(fmt.Errorf("keep the output of task %s: %w", result.ID, err), tab.Close(ctx, nil))
		}
	}
	err := tab.Close(ctx, kept.encode(!r.DiscardOutputs))
	if err != nil && keeps && !r.DiscardOutputs {
		_, lost := r.KeepOutput(result)
		err = errors.Join(err, lost)
	}
	return err
}

// call runs the worker. A panic in it is the task's failure, not the run's.
func (r *run) call(ctx context.Context, n *node, c *crew) (done worker.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("worker panicked", slog.String("task", n.task.ID), slog.String("worker", c.Name),
				slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("the worker panicked: %v", p)
		}
	}()
	t, err := c.given(*n.task).Loaded()
	if err != nil {
		return done, err
	}
	if n.lowered > 0 {
		t.MaxOutput, t.MinOutput = n.lowered, min(t.MinOutput, n.lowered)
	}
	return c.Worker.Work(ctx, t)
}

// classify says how a task ended whose worker c returned err and had these dealings with the budget, and whether it goes
// back to the queue. first is whether its first call was to wait for budget.
func (r *run) classify(ctx context.Context, err error, sum budget.Summary, n *node, c *crew, first budget.OnFull) ending {
	var paused *wire.PausedError
	refused := sum.Refused
	if refused == nil && errors.Is(err, budget.ErrRefused) { // another call of the task was granted meanwhile
		refused = err
	}
	switch {
	case err == nil:
		return ending{fate: fate{outcome: Done}}
	case ctx.Err() != nil:
		return ending{fate: fate{outcome: Cancelled, reason: "the run was aborted"}}
	case r.Manager.Err() != nil:
		return ending{fate: fate{outcome: Deferred, reason: "the run had to stop: " + r.Manager.Err().Error(), until: notBefore(sum.Refused)}}
	case refused != nil && errors.Is(refused, budget.ErrRefused):
		// Nothing was begun, and another worker may still be able to pay.
		again := sum.Attempts == 0 && (first == budget.Refuse || prospectOf(refused) != paysLater)
		return ending{fate: refusal(refused), again: again, refused: refused}
	case errors.As(err, &paused) && paused.Stopped:
		stopped := fate{outcome: Cancelled, reason: "the run was stopped while the task waited for its provider"}
		return ending{fate: stopped, again: sum.Used.IsZero()} // and the end of the run decides
	}
	f := faultOf(err, *n.task)
	if f == nil {
		return ending{fate: fate{outcome: Failed, reason: err.Error()}}
	}
	// Nothing was paid for, and another provider may take it.
	return ending{fate: f.fate(c.Provider, err), fault: f, again: sum.Used.IsZero()}
}

// plus is what remains once back has returned.
func plus(left budget.Limit, back budget.Amount) budget.Limit {
	if left.Tokens != nil {
		left.Tokens = new(*left.Tokens + back.Tokens)
	}
	if left.Cost != nil {
		left.Cost = new(*left.Cost + back.Cost)
	}
	return left
}

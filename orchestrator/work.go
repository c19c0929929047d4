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
	node     *node
	crew     *crew
	first    budget.OnFull // whether its first call was to wait for budget
	result   Result
	again    bool   // nothing was begun: back to the queue
	refused  error  // by the budget, the first call
	served   bool   // a call succeeded
	attempts int    // requests on the wire
	fault    *fault // how the provider refused the task, or nil
	err      error  // the books could not be written
}

// work does one task on a goroutine of its own. What the task is charged goes on a tab, and the tab is
// closed with the result: both are durable, or neither.
func (r *run) work(ctx context.Context, n *node, c *crew, tab *budget.Tab, first budget.OnFull) completion {
	started := time.Now().UTC()
	done, err := r.call(ctx, n, c)
	sum := tab.Summary()

	result := Result{
		ID: n.task.ID, Run: r.Run, Worker: c.Name, Model: cmp.Or(done.Model, n.task.Model, c.Model),
		Started: started, Ended: time.Now().UTC(), Digest: worker.Digest(c.Worker, n.task),
	}
	result.answer(done)
	result.charge(sum)
	result.Attempts += n.attempts
	report := completion{node: n, crew: c, first: first, served: served(err, sum), attempts: sum.Attempts}
	result.Outcome, result.Reason = r.classify(ctx, err, sum, &report)
	if result.Outcome == Deferred {
		result.NotBefore = notBefore(sum.Refused)
		if f := report.fault; f != nil {
			result.Provider, result.NotBefore = c.Provider, f.until
		}
	}
	if report.again {
		report.err = tab.Close(ctx, nil)
		return report
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
	return c.Worker.Work(ctx, n.task)
}

// classify says how a task ended, and whether it should go back to the queue.
func (r *run) classify(ctx context.Context, err error, sum budget.Summary, report *completion) (Outcome, string) {
	var paused *wire.PausedError
	switch {
	case err == nil:
		return Done, ""
	case ctx.Err() != nil:
		return Cancelled, "the run was aborted"
	case r.Manager.Err() != nil:
		return Deferred, "the run had to stop: " + r.Manager.Err().Error()
	case sum.Refused != nil && budget.Refused(sum.Refused):
		// Nothing was begun, and another worker may still be able to pay.
		report.refused = sum.Refused
		report.again = sum.Attempts == 0 && (report.first == budget.Refuse || !transient(sum.Refused))
		return refusal(sum.Refused)
	case errors.As(err, &paused) && paused.Stopped:
		report.again = sum.Used.IsZero() // and the end of the run decides
		return Cancelled, "the run was stopped while the task waited for its provider"
	}
	report.fault = faultOf(err, report.node.task)
	if report.fault == nil {
		return Failed, err.Error()
	}
	// Nothing was paid for, and another provider may take it.
	report.again = sum.Used.IsZero()
	return report.fault.outcome(report.crew.Provider, err)
}

// refusal is the outcome of a task that the budget refused for good. What no fuller budget could pay for
// (no price, no bound) is the task's failure.
func refusal(err error) (Outcome, string) {
	var exceeded *budget.ExceededError
	switch {
	case errors.As(err, &exceeded) && exceeded.Scope.Kind == budget.KindTask:
		return Exhausted, err.Error()
	case exceeded != nil || errors.Is(err, budget.ErrStopped):
		return Deferred, err.Error()
	}
	return Failed, err.Error()
}

// notBefore is when a refusal ends by itself, because a new period begins; nil if only somebody can end it.
func notBefore(err error) *time.Time {
	var exceeded *budget.ExceededError
	if !errors.As(err, &exceeded) || exceeded.Until.IsZero() {
		return nil
	}
	return &exceeded.Until
}

// plus is what remains once back has returned.
func plus(left budget.Remaining, back budget.Amount) budget.Remaining {
	if left.Tokens != nil {
		left.Tokens = new(*left.Tokens + back.Tokens)
	}
	if left.Cost != nil {
		left.Cost = new(*left.Cost + back.Cost)
	}
	return left
}

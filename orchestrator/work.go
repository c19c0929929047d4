package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// completion is what a task's goroutine reports to the loop.
type completion struct {
	node   *node
	crew   *crew
	result Result
	again  bool   // nothing was begun: back to the queue
	halt   string // why the provider takes no calls, or ""
	err    error  // the books could not be written
}

// work does one task on a goroutine of its own. What the task is charged goes on a tab, and the tab is
// closed with the result: both are durable, or neither.
func (r *run) work(ctx context.Context, n *node, c *crew, tab *budget.Tab) completion {
	started := time.Now().UTC()
	done, err := r.call(ctx, n, c)
	sum := tab.Summary()

	result := Result{
		ID: n.task.ID, Run: r.Run, Worker: c.Name, Model: cmp.Or(done.Model, n.task.Model, c.Model),
		Started: started, Ended: time.Now().UTC(), Finish: done.Finish, Output: done.Output,
	}
	result.charge(sum)
	report := completion{node: n, crew: c}
	result.Outcome, result.Reason = r.classify(ctx, err, sum, &report)
	if report.again {
		report.err = tab.Close(ctx, nil)
		return report
	}
	result.Remaining = plus(r.Manager.Remaining(ctx, result.Model), sum.Returning)
	if err := tab.Close(ctx, result.encode(!r.DiscardOutputs)); err != nil {
		report.err = err
		result.Outcome, result.Output = Deferred, ""
		result.Reason = "its result could not be written to the books: " + err.Error()
	}
	report.result = result
	return report
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
	var provider *wire.Error
	switch {
	case err == nil:
		return Done, ""
	case ctx.Err() != nil:
		return Cancelled, "the run was aborted"
	case sum.Refused != nil && budget.Refused(sum.Refused):
		var exceeded *budget.ExceededError
		if errors.As(sum.Refused, &exceeded) && !exceeded.Final() && sum.Attempts == 0 {
			report.again = true
		}
		return refusal(sum.Refused)
	case errors.As(err, &provider) && (provider.Terminal() || provider.Class == wire.Unreachable):
		report.halt = strings.TrimPrefix(err.Error(), "provider: ") // who it was is said beside it
		report.again = sum.Used.IsZero()
	}
	return Failed, err.Error()
}

// refusal is the outcome of a task that the budget refused for good.
func refusal(err error) (Outcome, string) {
	var exceeded *budget.ExceededError
	if errors.As(err, &exceeded) && exceeded.Scope.Kind == budget.KindTask {
		return Exhausted, err.Error()
	}
	if errors.Is(err, budget.ErrUnbounded) || errors.As(err, new(*budget.UnpricedError)) || errors.As(err, new(*budget.MissingScopeError)) {
		return Failed, err.Error()
	}
	return Deferred, err.Error()
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

package project

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
)

// begun is a run whose budget and results are open.
type begun struct {
	*owned
	manager  *budget.Manager
	out      *results.File
	statuses *statuses // nil where none are written
	unserved int
	paused   map[string]time.Time
}

// perform runs the tasks.
func (b *begun) perform(ctx context.Context) (ended Ended, err error) {
	ctx, drain, stop := b.options.interrupts(ctx)
	defer stop()
	pace := pace{b.Gates(), b.rates()}
	workers, err := b.workers(b.clients, b.manager, pace, b.log, b.run.ID, b.options.Worker)
	shut := func() error { return nil }
	if err == nil {
		shut, err = b.openTo(ctx, pace, drain)
	}
	if err != nil {
		return ended, errors.Join(err, b.ledger.EndRun(context.WithoutCancel(ctx), b.run.ID, time.Now().UTC(), "ended"))
	}
	only, again, err := b.part()
	var history orchestrator.History
	if err == nil {
		history, err = historyOf(ctx, b.ledger, b.run.ID)
	}
	if err != nil {
		return ended, errors.Join(err, b.ledger.EndRun(context.WithoutCancel(ctx), b.run.ID, time.Now().UTC(), "ended"))
	}
	summary, err := orchestrator.Run(ctx, orchestrator.Options{
		Manager: b.manager, Workers: workers, Gates: pace.gates,
		Tasks: b.tasks, Run: b.run.ID, Last: b.last,
		Earlier: b.earlier, Found: b.found, KeepChanged: b.options.Keep, OnResumed: b.resumed,
		Only: only, Again: again, OnDeferred: cmp.Or(b.options.OnDeferred, orchestrator.OnDeferred(b.Config.Run.OnDeferred)), MaxRunTime: b.Config.Run.MaxRunTime, MaxCalls: b.Config.Budget.MaxCalls, Zone: b.Config.Budget.TimeZone,
		Policy: orchestrator.Policy(b.Config.Run.Policy), Worth: b.Config.Run.Worth, History: history, OutputCap: orchestrator.OutputCap(b.Config.Run.OutputCap),
		DiscardOutputs: !b.Config.Run.StoreOutputs, KeepOutput: b.keepOutput(), Drain: drain,
		OnResult: b.result, OnEvent: b.onEvent(), Logger: b.log,
	})
	err = errors.Join(err, shut(), b.statuses.close())
	status := "ended"
	if summary.Interrupted {
		status = "interrupted"
	}
	err = errors.Join(err, b.ledger.EndRun(context.WithoutCancel(ctx), b.run.ID, time.Now().UTC(), status))
	ended = Ended{
		Summary: summary, TaskFile: b.run.TaskFile, Out: b.out.Path(), Total: b.manager.Total(), OfRun: b.manager.OfRun(b.run.ID),
		Unserved: b.unserved, Paused: b.paused, WritesStatus: b.statuses != nil,
	}
	if summary.Run != "" && b.options.OnEnd != nil { // it did begin
		b.options.OnEnd(ended)
	}
	return ended, err
}

// interrupts is o.Interrupts, or nothing but ctx.
func (o *RunOptions) interrupts(ctx context.Context) (_ context.Context, drain <-chan struct{}, stop func()) {
	if o.Interrupts == nil {
		return ctx, nil, func() {}
	}
	return o.Interrupts(ctx)
}

// keepOutput is where outputs are kept beside the books. What they should have taken is kept only where a resumed run can
// read it: what is printed as done is booked.
func (b *begun) keepOutput() func(orchestrator.Result) (string, error) {
	if b.Config.Run.StoreOutputs && !b.out.Regular() {
		return nil
	}
	return b.out.Keep
}

// resumed says how the run begins, and writes what earlier parts of it finished.
func (b *begun) resumed(left orchestrator.Resumed) error {
	if b.options.OnBegin != nil {
		b.options.OnBegin(Opening{
			Run: b.run.ID, Tasks: len(b.tasks), Resumed: b.options.Resume != "", Left: left, Config: b.Path,
			Mode: b.Config.Budget.Mode, Period: b.manager.Period(), Total: b.manager.Total(), OfRun: b.manager.OfRun(b.run.ID),
			Simulated: b.Simulated(), Now: b.manager.Total,
		})
	}
	for _, earlier := range left.Kept {
		if err := b.out.Write(earlier); err != nil {
			return err
		}
		b.statuses.result(earlier)
	}
	return nil
}

// onEvent takes the events of the run; nil where nobody wants them.
func (b *begun) onEvent() func(orchestrator.Event) {
	if b.statuses == nil {
		return b.options.OnEvent
	}
	return func(e orchestrator.Event) {
		b.statuses.event(e)
		if b.options.OnEvent != nil {
			b.options.OnEvent(e)
		}
	}
}

// result takes a result as its task ends. One goroutine calls it.
func (b *begun) result(r orchestrator.Result) error {
	if r.Outcome == orchestrator.Deferred && r.Provider != "" {
		b.unserved++
		until := b.paused[r.Provider]
		if at := r.NotBefore; at != nil && at.After(until) {
			until = *at
		}
		b.paused[r.Provider] = until
	}
	b.statuses.result(r)
	err := b.out.Write(r)
	if err == nil && b.options.OnResult != nil {
		err = b.options.OnResult(r)
	}
	return err
}

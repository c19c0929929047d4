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
	summary, err := b.work(ctx, drain)
	if b.alerts != nil {
		b.alerts.ended(summary)
	}
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

// work makes the workers, lets in who watches and who spends beside the tasks, and runs these. The summary is the zero value
// if that could not begin.
func (b *begun) work(ctx context.Context, drain <-chan struct{}) (orchestrator.Summary, error) {
	pace := pace{b.Gates(), b.rates()}
	workers, err := b.workers(b.clients, b.manager, pace, b.log, b.run.ID, b.options.Worker)
	if err != nil {
		return orchestrator.Summary{}, err
	}
	o, err := b.runOptions(ctx)
	if err != nil {
		return orchestrator.Summary{}, err
	}
	o.Workers, o.Gates, o.Drain = workers, pace.gates, drain
	if b.options.OnRunning != nil {
		o.Control = orchestrator.NewControl()
	}
	left, err := tell(b.running(o.Control), b.options.OnRunning)
	if err != nil {
		return orchestrator.Summary{}, err
	}
	defer left()
	shut, err := b.openTo(ctx, pace, drain)
	if err != nil {
		return orchestrator.Summary{}, err
	}
	defer b.alerts.watch(ctx, b.manager, nil)()
	summary, err := orchestrator.Run(ctx, o)
	return summary, errors.Join(err, shut(), b.statuses.close())
}

// runOptions are those of the run, but for what its workers need.
func (b *begun) runOptions(ctx context.Context) (orchestrator.Options, error) {
	only, again, err := b.part()
	if err != nil {
		return orchestrator.Options{}, err
	}
	history, err := historyOf(ctx, b.ledger, b.run.ID)
	c := b.Config.Run
	return orchestrator.Options{
		Manager: b.manager, Tasks: b.tasks, Run: b.run.ID, Limit: b.Limit, Last: b.last,
		Earlier: b.earlier, Found: b.found, KeepChanged: b.options.Keep, OnResumed: b.resumed,
		Only: only, Again: again, OnDeferred: cmp.Or(b.options.OnDeferred, orchestrator.OnDeferred(c.OnDeferred)),
		MaxRunTime: c.MaxRunTime, MaxCalls: b.Config.Budget.MaxCalls, Zone: b.Config.Budget.TimeZone,
		Policy: orchestrator.Policy(c.Policy), Worth: c.Worth, History: history, OutputCap: orchestrator.OutputCap(c.OutputCap),
		DiscardOutputs: !c.StoreOutputs, KeepOutput: b.keepOutput(),
		OnResult: b.result, OnEvent: b.onEvent(), Logger: b.log,
	}, err
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
			Run: b.run.ID, Tasks: len(b.tasks), Resumed: b.options.Resume != "", Left: left, Config: b.source(),
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
	if b.statuses == nil && b.alerts == nil {
		return b.options.OnEvent
	}
	return func(e orchestrator.Event) {
		if b.statuses != nil {
			b.statuses.event(e)
		}
		if b.alerts != nil {
			b.alerts.event(e)
		}
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

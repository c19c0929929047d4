package project

import (
	"cmp"
	"context"
	"io"
	"maps"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// PlanOptions say what to plan: as in [RunOptions].
type PlanOptions struct {
	TaskFile string
	Stdin    io.Reader
	Tasks    []worker.Task
	Resume   string
	Worker   NewWorker
}

// Plan is what would become of tasks, in the order in which they would begin.
type Plan struct {
	Tasks  []orchestrator.Planned
	Before budget.Status // the total scope, as it stands now
}

// Plan says what would run, be deferred or never fit, from the budget as it stands now. Nothing is called or booked.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (Plan, error) {
	plans, err := p.Plans(ctx, o, budget.Limit{})
	if err != nil {
		return Plan{}, err
	}
	return plans[0], nil
}

// Plans are those of the same tasks under other limits of the total, one for each. What a limit leaves open stays as it is.
func (p *Project) Plans(ctx context.Context, o PlanOptions, totals ...budget.Limit) ([]Plan, error) {
	if err := p.Staffed(); err != nil {
		return nil, err
	}
	store, there, err := p.openReader(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if !there && o.Resume != "" {
		return nil, p.noBooks()
	}
	r, err := p.planned(ctx, store, o)
	if err != nil {
		return nil, err
	}
	plans := make([]Plan, len(totals))
	for i, total := range totals {
		if plans[i], err = p.planUnder(ctx, store, r, o, total); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// planUnder plans under another limit of the total.
func (p *Project) planUnder(ctx context.Context, store books.Store, r resumption, o PlanOptions, total budget.Limit) (plan Plan, err error) {
	config := p.quiet(r.tasks, r.run.ID)
	if total.Tokens != nil || total.Cost != nil {
		is := config.Limits.Of(budget.Total)
		config.Limits = maps.Clone(config.Limits)
		config.Limits[budget.Total] = budget.Limit{Tokens: cmp.Or(total.Tokens, is.Tokens), Cost: cmp.Or(total.Cost, is.Cost)}
	}
	if _, err := p.ownPeriod(ctx, store, r.run.ID, &config); err != nil {
		return plan, err
	}
	m, err := books.Rehearse(ctx, store, config) // holds of a run that goes on are its own
	if err != nil {
		return plan, err
	}
	if m.Period().ID == 0 || m.Period().Over(time.Now()) || config.NewPeriod {
		if err := m.Reset(ctx); err != nil { // of the rehearsal alone
			return plan, err
		}
	}
	plan.Before = m.Total()
	history, err := historyOf(ctx, store, r.run.ID)
	if err != nil {
		return plan, err
	}
	plan.Tasks, err = orchestrator.Plan(ctx, orchestrator.Options{
		Manager: m, Workers: p.planners(o.Worker), Tasks: r.tasks, Run: r.run.ID, Limit: p.Limit, Earlier: r.earlier, Found: r.found,
		Policy: orchestrator.Policy(p.Config.Run.Policy), Worth: p.Config.Run.Worth, History: history, OutputCap: orchestrator.OutputCap(p.Config.Run.OutputCap),
	})
	return plan, err
}

// planned is what to plan: the tasks of a file as a run of their own, or the rest of an earlier run.
func (p *Project) planned(ctx context.Context, store books.Store, o PlanOptions) (r resumption, err error) {
	switch {
	case o.Resume != "":
		return p.findRun(ctx, store, o.Resume, "", source{tasks: o.Tasks, file: o.TaskFile, stdin: o.Stdin})
	case o.Tasks != nil:
		r.tasks, err = o.Tasks, p.check(o.Tasks)
	default:
		r.tasks, err = p.load(o.TaskFile, o.Stdin, nil)
	}
	r.run.ID = "plan"
	return r, err
}

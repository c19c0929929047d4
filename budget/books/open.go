package books

import (
	"context"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Standing is what stands in books.
type Standing struct {
	budget.Standing
	Run         string // that was asked for, or the newest, whose scopes are reported, if it spent in this period
	Older       bool   // it spent in an earlier one, too
	Hidden      int    // tasks of it that were not asked for
	Unconfirmed Unconfirmed
}

// OpenOptions say how much [Open] reads.
type OpenOptions struct {
	Run     string // whose scopes to report; "" is the newest
	Tasks   bool   // reports the scopes of tasks, too, which a large run has many of
	Newest  int    // the most unconfirmed attempts that are listed
	Assumed bool   // lists all attempts that were charged by assumption instead, as [Lapses].Assumed
}

// Open reads what stands in books under the limits of cfg, for whoever owns nothing, also while their owner goes on. It
// writes nothing: holds that are open stay open, and what stands above a limit is shown as the debt that the next owner
// will book. The ledger and the run of cfg have no meaning.
func Open(ctx context.Context, store Store, cfg budget.Config, o OpenOptions) (s Standing, err error) {
	run := runOfPeriod(ctx, store, o.Run)
	s.Run = run.ID
	load := store.LoadWide
	if o.Tasks {
		load = func(ctx context.Context, runs ...string) (budget.State, int, error) {
			state, err := store.Load(ctx, runs...)
			return state, 0, err
		}
	}
	cfg.Run = run.ID
	state, hidden, err := load(ctx, runsOf(cfg)...)
	if err != nil {
		return s, unloaded(err)
	}
	s.Hidden, cfg.Ledger = hidden, nil
	m, err := state.Manager(cfg)
	if err != nil {
		return s, err
	}
	s.Standing = m.Standing()
	if s.Older, err = spentBefore(ctx, store, run, s.Period); err != nil {
		return s, err
	}
	if s.Unconfirmed, err = store.Unconfirmed(ctx, o.Newest); err == nil && o.Assumed {
		s.Unconfirmed.Others = false
		s.Unconfirmed.Newest, err = store.Assumed(ctx)
	}
	return s, err
}

// Rehearse returns a manager in memory that goes on from what ledger has, with the totals of cfg.Run: to find out what
// would happen. It takes nothing over and books nothing, see [budget.State.Manager].
func Rehearse(ctx context.Context, ledger budget.Ledger, cfg budget.Config) (*budget.Manager, error) {
	state, err := ledger.Load(ctx, runsOf(cfg)...)
	if err != nil {
		return nil, unloaded(err)
	}
	cfg.Ledger = nil
	return state.Manager(cfg)
}

// Correct returns the manager of an owner who corrects attempts of ledger ([budget.Manager.Adjust]) and does not spend:
// it opens no period and resolves no holds, see [budget.State.Manager].
func Correct(ctx context.Context, ledger budget.Ledger, cfg budget.Config) (*budget.Manager, error) {
	state, err := ledger.Load(ctx, runsOf(cfg)...)
	if err != nil {
		return nil, unloaded(err)
	}
	cfg.Ledger = ledger
	return state.Manager(cfg)
}

func unloaded(err error) error { return fmt.Errorf("budget: load the ledger: %w", err) }

// runsOf are the runs whose totals a manager has.
func runsOf(cfg budget.Config) []string {
	if cfg.Run == "" {
		return nil
	}
	return []string{cfg.Run}
}

// runOfPeriod is the run with that id, or the newest for "", if it began in the newest period or has entries in it: the amounts of others belong
// to periods that are closed. It is empty if there is none, or if the books cannot say.
func runOfPeriod(ctx context.Context, store Store, id string) Run {
	runs, err := store.Runs(ctx)
	if id != "" {
		runs = slices.DeleteFunc(runs, func(r Run) bool { return r.ID != id })
	}
	if err != nil || len(runs) == 0 || runs[0].Imported {
		return Run{}
	}
	periods, err := store.Periods(ctx)
	if err != nil || len(periods) == 0 {
		return Run{}
	}
	run, period := runs[0], periods[len(periods)-1]
	if !run.Started.Before(period.Start) {
		return run
	}
	for _, err := range store.Entries(ctx, Filter{Run: run.ID, Period: period.ID}) {
		if err == nil {
			return run
		}
		break
	}
	return Run{}
}

// spentBefore reports whether run has entries of a period before that one. Its start does not tell: a run begins a
// moment before the first period does.
func spentBefore(ctx context.Context, store Store, run Run, period budget.Period) (bool, error) {
	if run.ID == "" || !run.Started.Before(period.Start) {
		return false, nil
	}
	for e, err := range store.Entries(ctx, Filter{Run: run.ID}) {
		return err == nil && e.Period < period.ID, err
	}
	return false, nil
}

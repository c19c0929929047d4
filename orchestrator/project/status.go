package project

import (
	"cmp"
	"context"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// Status is what stands in the books.
type Status struct {
	budget.Report
	Run         string             // the newest, whose scopes are reported, if it spent in this period
	Older       bool               // it spent in an earlier one, too
	Hidden      int                // its tasks that were not asked for
	Owner       *sqlite.Owner      // who has the books, or had them and died; nil is nobody
	Unconfirmed sqlite.Unconfirmed // what was charged by assumption
}

// StatusOptions choose what a [Status] says beside the totals.
type StatusOptions struct {
	Tasks    bool // each task of the newest run
	Attempts bool // every attempt that was charged by assumption, not only the newest of dead runs
}

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

// wide is a ledger that leaves out the tasks: a run may have very many.
type wide struct {
	*sqlite.Ledger
	tasks int // left out
}

func (w *wide) Load(ctx context.Context, runs ...string) (state budget.State, err error) {
	state, w.tasks, err = w.LoadWide(ctx, runs...)
	return state, err
}

// Status reads the books without owning them: during a run, too. A project without books has a zero period.
func (p *Project) Status(ctx context.Context, o StatusOptions) (s Status, err error) {
	s.Owner = sqlite.OwnerOf(p.LedgerPath()) // before and after: one that begins or ends meanwhile is no dead one
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return s, err
	}
	defer closeLedger()
	store, ok := ledger.(*sqlite.Ledger)
	var run sqlite.Run
	if ok {
		run = runOfPeriod(ctx, store)
		s.Run = run.ID
	}
	without := &wide{Ledger: store}
	if ok && !o.Tasks {
		ledger = without
	}
	m, err := budget.Open(ctx, p.quiet(nil, ledger, run.ID))
	if err != nil {
		return s, err
	}
	s.Report, s.Hidden, s.Owner = m.Report(), without.tasks, cmp.Or(s.Owner, sqlite.OwnerOf(p.LedgerPath()))
	if !ok {
		return s, nil
	}
	if s.Older, err = spentBefore(ctx, store, run, m.Period()); err != nil {
		return s, err
	}
	s.Unconfirmed, err = unconfirmed(ctx, store, o.Attempts)
	return s, err
}

// unconfirmed are the newest attempts that nobody confirmed or, if they are asked for, all that were assumed.
func unconfirmed(ctx context.Context, store *sqlite.Ledger, all bool) (sqlite.Unconfirmed, error) {
	u, err := store.Unconfirmed(ctx, maxUnconfirmed)
	if err == nil && all {
		u.Others = false
		u.Newest, err = store.Assumed(ctx)
	}
	return u, err
}

// runOfPeriod is the newest run, if it began in the newest period or has entries in it: the amounts of others belong
// to periods that are closed. It is empty if there is none, or if the books cannot say.
func runOfPeriod(ctx context.Context, store *sqlite.Ledger) sqlite.Run {
	runs, err := store.Runs(ctx)
	if err != nil {
		return sqlite.Run{}
	}
	periods, err := store.Periods(ctx)
	if err != nil || len(periods) == 0 {
		return sqlite.Run{}
	}
	run, err := pickRun(runs, LastRun, "")
	period := periods[len(periods)-1]
	if err == nil && !run.Started.Before(period.Start) {
		return run
	}
	for _, err := range store.Entries(ctx, books.Filter{Run: run.ID, Period: period.ID}) {
		if err == nil && run.ID != "" {
			return run
		}
		break
	}
	return sqlite.Run{}
}

// spentBefore reports whether run has entries of a period before that one. Its start does not tell: a run begins a
// moment before the first period does.
func spentBefore(ctx context.Context, store *sqlite.Ledger, run sqlite.Run, period budget.Period) (bool, error) {
	if run.ID == "" || !run.Started.Before(period.Start) {
		return false, nil
	}
	for e, err := range store.Entries(ctx, books.Filter{Run: run.ID}) {
		return err == nil && e.Period < period.ID, err
	}
	return false, nil
}

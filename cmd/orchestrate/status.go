package main

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// wide is a ledger that leaves out the tasks: a run may have very many.
type wide struct {
	*sqlite.Ledger
	tasks int // left out
}

func (w *wide) Load(ctx context.Context, runs ...string) (state budget.State, err error) {
	state, w.tasks, err = w.LoadWide(ctx, runs...)
	return state, err
}

// standing is what stands in the books.
type standing struct {
	budget.Report
	run         string // the newest, whose scopes are reported, if it spent in this period
	older       bool   // it spent in an earlier one, too
	hidden      int    // tasks that were not asked for
	owner       *sqlite.Owner
	unconfirmed sqlite.Unconfirmed
}

// readStanding reads the books without owning them: during a run, too.
func readStanding(ctx context.Context, p *project, tasks, attempts bool) (s standing, err error) {
	s.owner = sqlite.OwnerOf(p.ledgerPath()) // before and after: one that begins or ends meanwhile is no dead one
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return s, err
	}
	defer closeLedger()
	store, ok := ledger.(*sqlite.Ledger)
	var run sqlite.Run
	if ok {
		run = runOfPeriod(ctx, store)
		s.run = run.ID
	}
	without := &wide{Ledger: store}
	if ok && !tasks {
		ledger = without
	}
	config := p.budgetConfig(nil, slog.New(slog.DiscardHandler))
	config.Ledger, config.Run, config.Recover, config.Threshold = ledger, run.ID, budget.ReadOnly, 0
	m, err := budget.Open(ctx, config)
	if err != nil {
		return s, err
	}
	s.Report, s.hidden, s.owner = m.Report(), without.tasks, cmp.Or(s.owner, sqlite.OwnerOf(p.ledgerPath()))
	if !ok {
		return s, nil
	}
	if s.older, err = spentBefore(ctx, store, run, m.Period()); err != nil {
		return s, err
	}
	s.unconfirmed, err = unconfirmed(ctx, store, attempts)
	return s, err
}

// readStatus is what stands in the books now, as it is shown.
func readStatus(ctx context.Context, p *project, tasks, attempts bool) (view.Status, error) {
	s, err := readStanding(ctx, p, tasks, attempts)
	if err != nil {
		return view.Status{}, err
	}
	out := view.NewStatus(s.Report)
	out.Run, out.Older, out.Hidden, out.Ledger = s.run, s.older, s.hidden, p.ledgerPath()
	out.Unconfirmed = view.UnconfirmedOf(s.unconfirmed)
	out.Zone, out.Program = p.config.Budget.TimeZone, program()
	if o := s.owner; o != nil {
		out.Owner = &view.Owner{PID: o.PID, Run: o.Run, Since: o.Since, Gone: o.Gone()}
	}
	return out, nil
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
	run, err := pickRun(runs, lastRun, "")
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

// maxUnconfirmed is how many unconfirmed attempts a status lists.
const maxUnconfirmed = 10

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
)

// schemaVersion is the version of all JSON that the commands write. A change that a reader could trip over
// raises it.
const schemaVersion = 1

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// status is the state of the books.
type status struct {
	report budget.Report
	run    string // the newest run, whose scopes are shown, if it spent in this period
	older  bool   // it spent in an earlier one, too
	path   string
	hidden int // tasks that were not asked for
	zone   *time.Location
	owner  *sqlite.Owner // nil if nobody has the books

	unconfirmed sqlite.Unconfirmed
}

// wide is a ledger that leaves out the tasks: a run may have very many.
type wide struct {
	*sqlite.Ledger
	tasks int // left out
}

func (w *wide) Load(ctx context.Context, runs ...string) (state budget.State, err error) {
	state, w.tasks, err = w.LoadWide(ctx, runs...)
	return state, err
}

// readStatus reads the books without owning them: during a run, too.
func readStatus(ctx context.Context, p *project, tasks, attempts bool) (status, error) {
	owner := sqlite.OwnerOf(p.ledgerPath()) // before and after: one that begins or ends meanwhile is no dead one
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return status{}, err
	}
	defer closeLedger()
	store, ok := ledger.(*sqlite.Ledger)
	var run sqlite.Run
	if ok {
		run = runOfPeriod(ctx, store)
	}
	without := &wide{Ledger: store}
	if ok && !tasks {
		ledger = without
	}
	config := p.budgetConfig(nil, slog.New(slog.DiscardHandler))
	config.Ledger, config.Run, config.Recover, config.Threshold = ledger, run.ID, budget.ReadOnly, 0
	m, err := budget.Open(ctx, config)
	if err != nil {
		return status{}, err
	}
	s := status{
		report: m.Report(), run: run.ID, path: p.ledgerPath(), hidden: without.tasks,
		zone: p.config.Budget.TimeZone, owner: cmp.Or(owner, sqlite.OwnerOf(p.ledgerPath())),
	}
	if !ok {
		return s, nil
	}
	if s.older, err = spentBefore(ctx, store, run, m.Period()); err != nil {
		return s, err
	}
	s.unconfirmed, err = unconfirmed(ctx, store, attempts)
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

// scopeJSON is a scope for machines: tokens on the first level, money in nano-USD under cost. A null limit
// is unlimited.
type scopeJSON struct {
	Scope     budget.Scope `json:"scope"`
	Run       string       `json:"run,omitempty"`
	Limit     *int64       `json:"limit"`
	Settled   int64        `json:"settled"`
	Held      int64        `json:"held"`
	Remaining *int64       `json:"remaining"`
	Assumed   int64        `json:"assumed"`
	Overrun   int64        `json:"overrun"`
	Debt      int64        `json:"debt"`
	Causes    *debtJSON    `json:"debt_by_cause,omitempty"` // in tokens; cost has its own
	Cost      costJSON     `json:"cost_nano_usd"`
}

type costJSON struct {
	Limit          *budget.NanoUSD `json:"limit"`
	Settled        *budget.NanoUSD `json:"settled"` // null: no token of it has a price
	Held           budget.NanoUSD  `json:"held"`
	Remaining      *budget.NanoUSD `json:"remaining"`
	Assumed        budget.NanoUSD  `json:"assumed"`
	Overrun        budget.NanoUSD  `json:"overrun"`
	Debt           budget.NanoUSD  `json:"debt"`
	UnpricedTokens int64           `json:"unpriced_tokens"`
	Causes         *debtJSON       `json:"debt_by_cause,omitempty"`
}

type debtJSON struct {
	Overrun  int64 `json:"overrun"`
	Recorded int64 `json:"recorded"`
	Lowered  int64 `json:"lowered"`
	Soft     int64 `json:"soft"`
}

func scopeOf(s budget.Status) scopeJSON {
	debt := s.Debt.Total()
	j := scopeJSON{
		Scope: s.Scope, Run: s.Run, Limit: s.Limit.Tokens, Settled: s.Settled.Tokens, Held: s.Held.Tokens,
		Remaining: s.Remaining.Tokens, Assumed: s.Assumed.Tokens, Overrun: s.Overrun.Tokens, Debt: debt.Tokens,
		Cost: costJSON{
			Limit: s.Limit.Cost, Held: s.Held.Cost, Remaining: s.Remaining.Cost, Assumed: s.Assumed.Cost,
			Overrun: s.Overrun.Cost, Debt: debt.Cost, UnpricedTokens: s.Unpriced,
		},
	}
	if s.Unpriced == 0 || s.Unpriced < s.Settled.Tokens {
		j.Cost.Settled = &s.Settled.Cost
	}
	if !debt.IsZero() {
		d := s.Debt
		j.Causes = &debtJSON{d.Overrun.Tokens, d.Recorded.Tokens, d.Lowered.Tokens, d.Soft.Tokens}
		j.Cost.Causes = &debtJSON{int64(d.Overrun.Cost), int64(d.Recorded.Cost), int64(d.Lowered.Cost), int64(d.Soft.Cost)}
	}
	return j
}

// ownerJSON is who has the books, or had them and died.
type ownerJSON struct {
	*sqlite.Owner
	Gone bool `json:"gone"`
}

func ownerOf(o *sqlite.Owner) *ownerJSON {
	if o == nil {
		return nil
	}
	return &ownerJSON{o, o.Gone()}
}

func (s status) json() any {
	out := struct {
		Schema int           `json:"schema_version"`
		Mode   budget.Mode   `json:"mode"`
		Period budget.Period `json:"period"`
		Over   bool          `json:"period_is_over"`  // what spends next begins another
		Ahead  bool          `json:"period_is_ahead"` // it begins in the future: the clock was moved back
		Run    string        `json:"run,omitempty"`
		Owner  *ownerJSON    `json:"owner"` // null: nobody has the books
		Ledger string        `json:"ledger"`
		Scopes []scopeJSON   `json:"scopes"`

		Unconfirmed unconfirmedJSON `json:"unconfirmed"`
	}{
		schemaVersion, s.report.Mode, s.report.Period, isOver(s.report.Period), isAhead(s.report.Period), s.run, ownerOf(s.owner), s.path, []scopeJSON{},
		unconfirmedOf(s.unconfirmed),
	}
	for _, scope := range s.report.Scopes {
		out.Scopes = append(out.Scopes, scopeOf(scope))
	}
	return out
}

func (s status) text() string {
	var rows [][]string
	for _, scope := range s.report.Scopes {
		rows = append(rows, statusRow(scope))
	}
	text := "nothing was run yet"
	if period := s.report.Period; period.ID > 0 {
		text = fmt.Sprintf("period %d, %s", period.ID, periodText(period, s.zone))
	}
	text += fmt.Sprintf(", %s mode, books in %s\n%s", s.report.Mode, s.path, s.notesText())
	text += renderTable([]string{"scope", "limit", "settled", "held", "remaining", "assumed", "overrun", "debt", "cost", "cost left"}, rows)
	if s.hidden > 0 {
		text += fmt.Sprintf("and %s of run %s (--tasks shows them)\n", plural(s.hidden, "task"), s.run)
	}
	return text + unconfirmedText(s.unconfirmed, s.zone)
}

// notesText says what the figures below it do not.
func (s status) notesText() string {
	text := ""
	if isOver(s.report.Period) {
		text += "this period is over: the next run begins another, with the whole budget\n"
	}
	if isAhead(s.report.Period) {
		text += aheadText(s.report.Period, s.zone) + "\n"
	}
	if s.run != "" && s.older {
		text += fmt.Sprintf("run %s began in an earlier period: its own scopes below include what it spent there\n", s.run)
	}
	switch owner := s.owner; {
	case owner != nil && !owner.Gone():
		text += fmt.Sprintf("in use by process %d since %s\n", owner.PID, clockText(owner.Since, s.zone))
	case s.holds():
		text += "what is held was left by a process that is gone: the next run or reset resolves it\n"
	}
	return text
}

func (s status) holds() bool {
	return slices.ContainsFunc(s.report.Scopes, func(scope budget.Status) bool { return !scope.Held.IsZero() })
}

func statusRow(s budget.Status) []string {
	limit, left, costLeft := "unlimited", "unlimited", ""
	if s.Limit.Tokens != nil {
		limit, left = count(*s.Limit.Tokens), count(*s.Remaining.Tokens)
	}
	if s.Limit.Cost != nil {
		costLeft = fmt.Sprintf("%v of %v", *s.Remaining.Cost, *s.Limit.Cost)
	}
	return []string{
		s.Scope.String(), limit, count(s.Settled.Tokens), count(s.Held.Tokens), left, count(s.Assumed.Tokens),
		amountText(s.Overrun), amountText(s.Debt.Total()), costText(s.Counters), costLeft,
	}
}

// amountText is an amount whose money is told only if there is some.
func amountText(a budget.Amount) string {
	if a.Cost == 0 {
		return count(a.Tokens)
	}
	return fmt.Sprintf("%s (%v)", count(a.Tokens), a.Cost)
}

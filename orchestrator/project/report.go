package project

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// ReportQuery says what a report is about: a run, a period, or everything, within a range of time. The zero value is
// everything.
type ReportQuery struct {
	Run    string    // its id, or [LastRun]
	Period *int64    // by its number; not together with Run
	Since  time.Time // the first instant; zero is the beginning
	Until  time.Time // the first instant that is not in it; zero is the end
	By     []string  // the groupings, see [Groupings]
}

// Report is what was spent, and on what.
type Report struct {
	Query         ReportQuery
	Run           *books.Run                   // that it is about, or nil
	Period        *budget.Period               // that it is about, or nil
	State         RunState                     // of the run
	Outcomes      map[orchestrator.Outcome]int // of a run's tasks
	Took          *Took                        // by a run's tasks; nil where none was asked
	NotDone       []orchestrator.Result        // of a run's tasks
	Cut           int                          // of a run's tasks that are done, those with an answer that the output cap cut
	Predicted     []Predicted                  // of a run's tasks, by model and by group
	books.History                              // its groups are those of the query, and then one by model
}

// grouping is a way to group entries.
type grouping struct {
	name string
	keys func(zone *time.Location) books.Keys
}

var groupings = []grouping{
	{"model", plainKey(func(e budget.Entry) string { return e.Model })},
	{"worker", plainKey(func(e budget.Entry) string { return e.Name(budget.KindWorker) })},
	{"task", plainKey(budget.Entry.TaskID)},
	{"run", plainKey(budget.Entry.Run)},
	{"day", func(zone *time.Location) books.Keys {
		return books.OneKey(func(e budget.Entry) string { return e.Time.In(zone).Format(time.DateOnly) })
	}},
	{"period", plainKey(func(e budget.Entry) string { return fmt.Sprint(e.Period) })},
	{"label", func(*time.Location) books.Keys { return books.LabelKeys }},
}

func plainKey(key func(budget.Entry) string) func(*time.Location) books.Keys {
	return func(*time.Location) books.Keys { return books.OneKey(key) }
}

// Groupings are the names of the ways to group a report.
func Groupings() []string {
	var names []string
	for _, g := range groupings {
		names = append(names, g.name)
	}
	return names
}

// keys are the functions that group entries as q asks.
func (q *ReportQuery) keys(zone *time.Location) (keys []books.Keys, err error) {
	if len(q.By) == 0 {
		return nil, usagef("--by names no grouping: it takes %s", strings.Join(Groupings(), ", "))
	}
	for _, name := range q.By {
		i := slices.IndexFunc(groupings, func(g grouping) bool { return g.name == name })
		if i < 0 {
			return nil, usagef("--by %q is none of %s", name, strings.Join(Groupings(), ", "))
		}
		keys = append(keys, groupings[i].keys(zone))
	}
	return keys, nil
}

// Report reads what q asks for, in one pass over the entries that it is about.
func (p *Project) Report(ctx context.Context, q ReportQuery) (*Report, error) {
	zone := p.Config.Budget.TimeZone
	keys, err := q.keys(zone)
	if err != nil {
		return nil, err
	}
	store, err := p.openBooks(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	r := &Report{Query: q}
	filter := books.Filter{Since: q.Since, Until: q.Until, Charging: true}
	switch {
	case q.Run != "":
		err = r.ofRun(ctx, p, store, q.Run)
	case q.Period != nil:
		err = r.ofPeriod(ctx, p, store, *q.Period)
	}
	if err != nil {
		return nil, err
	}
	if r.Run != nil {
		filter.Run = r.Run.ID
	}
	if r.Period != nil {
		filter.Period = r.Period.ID
	}
	byModel := groupings[0].keys(zone)
	r.History, err = books.SummarizeBy(store.Entries(ctx, filter), append(keys, byModel)...)
	if errors.Is(err, budget.ErrUncountable) {
		return nil, fmt.Errorf("%s: %w: report on less of it (--run, --period, --since and --until; orchestrate ledger verify says whether the books are damaged)",
			p.LedgerPath(), err)
	}
	return r, err
}

// ofRun makes r one of a run, with how its tasks ended.
func (r *Report) ofRun(ctx context.Context, p *Project, store books.Store, id string) error {
	runs, err := store.Runs(ctx)
	if err != nil {
		return err
	}
	run, err := pickRun(runs, id, "")
	if err != nil && id == LastRun { // there is nothing but the proxy's
		if own, none := pickRun(runs, ServeRun, ""); none == nil {
			run, err = own, nil
		}
	}
	if err != nil {
		return usagef("%s: %w%s", p.LedgerPath(), err, p.otherBooks())
	}
	r.Run, r.Outcomes = &run, make(map[orchestrator.Outcome]int)
	r.State = stateOf(run, p.Owner())
	predicted, ran := make(predictions), new(times)
	for e, err := range store.Results(ctx, run.ID) {
		if err != nil {
			return err
		}
		if len(e.Result) == 0 { // imported without it
			continue
		}
		result, err := decoded(e)
		if err != nil {
			return err
		}
		r.Outcomes[result.Outcome]++
		predicted.add(result)
		ran.add(result)
		if result.Cut() {
			r.Cut++
		}
		if result.Outcome != orchestrator.Done {
			r.NotDone = append(r.NotDone, result.WithoutOutput())
		}
	}
	r.Predicted, r.Took = predicted.list(), ran.took()
	return nil
}

// ofPeriod makes r one of a period.
func (r *Report) ofPeriod(ctx context.Context, p *Project, store books.Store, id int64) error {
	periods, err := store.Periods(ctx)
	if err != nil {
		return err
	}
	for _, period := range periods {
		if period.ID == id {
			r.Period = &period
			return nil
		}
	}
	if len(periods) == 0 {
		return usagef("%s: there is no period yet", p.LedgerPath())
	}
	return usagef("%s: there is no period %d (they go from %d to %d)",
		p.LedgerPath(), id, periods[0].ID, periods[len(periods)-1].ID)
}

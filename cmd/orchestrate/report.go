package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newReport(f *flags, std stdio) *cobra.Command { //nolint:funlen // texts and flags
	q := &reportQuery{}
	var csv bool
	c := &cobra.Command{
		Use:   "report",
		Short: "Show what was spent, on what, from the books",
		Example: `  orchestrate report                      the last run
  orchestrate report --run 20261123-204033-abc123 --by task
  orchestrate report --period 3
  orchestrate report --since 2026-11-01 --until 2026-11-30 --by day,model
  orchestrate report --all --by run --json
  orchestrate report --all --by day --csv > days.csv`,
		Long: `Show what was spent, on what, from the books: of the last run, or of another, of a
period, of a range of time, or of everything.

A date means a day in the project's time zone (time_zone in [budget]), the last
one included; a time like 2026-11-01T15:04:05Z means that instant. Periods below
zero hold history that was imported.

What the provider said (exact) and what was assumed are told apart, and a cost
without a price is unknown, not zero. Estimates are compared with what came where
the provider said so.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			p.sim = q.sim
			if csv && !c.Flags().Changed("by") {
				q.by = q.by[:1]
			}
			if csv && len(q.by) != 1 {
				return usage(errors.New("--csv takes one grouping: choose one with --by"))
			}
			q.ofPeriod = c.Flags().Changed("period")
			q.ofRun = !slices.ContainsFunc([]string{"all", "period", "since", "until"}, c.Flags().Changed) || c.Flags().Changed("run")
			report, err := readReport(c.Context(), p, q)
			if err != nil {
				return err
			}
			switch {
			case f.json:
				return view.WriteJSON(std.out, report)
			case csv:
				return report.WriteCSV(std.out)
			}
			_, err = fmt.Fprint(std.out, report.Text())
			return err
		},
	}
	c.Flags().StringVar(&q.run, "run", lastRun, "the run to report on")
	c.Flags().Int64Var(&q.period, "period", 0, "report on a period, by its number")
	c.Flags().StringVar(&q.since, "since", "", "report on what was booked since this day or time")
	c.Flags().StringVar(&q.until, "until", "", "report on what was booked until the end of this day, or before this time")
	c.Flags().BoolVar(&q.all, "all", false, "report on everything in the books")
	c.Flags().StringSliceVar(&q.by, "by", []string{"model", "worker"}, "group by "+groupingNames())
	c.Flags().BoolVar(&q.sim, "sim", false, "of the simulator's books")
	c.Flags().BoolVar(&csv, "csv", false, "write comma-separated values, of one grouping")
	addJSON(c, f)
	exclude(c, "run", "all")
	exclude(c, "run", "period")
	exclude(c, "period", "all")
	exclude(c, "csv", "json")
	return c
}

// reportQuery says what a report is about.
type reportQuery struct {
	ofRun        bool
	ofPeriod     bool
	run          string
	period       int64
	since, until string
	all          bool
	by           []string
	sim          bool
}

// grouping is a way to group entries.
type grouping struct {
	name string
	key  func(zone *time.Location) func(budget.Entry) string
}

var groupings = []grouping{
	{"model", plainKey(func(e budget.Entry) string { return e.Model })},
	{"worker", plainKey(func(e budget.Entry) string { return scopeName(e, budget.KindWorker) })},
	{"task", plainKey(budget.Entry.TaskID)},
	{"run", plainKey(budget.Entry.Run)},
	{"day", func(zone *time.Location) func(budget.Entry) string {
		return func(e budget.Entry) string { return e.Time.In(zone).Format(time.DateOnly) }
	}},
	{"period", plainKey(func(e budget.Entry) string { return fmt.Sprint(e.Period) })},
}

func plainKey(key func(budget.Entry) string) func(*time.Location) func(budget.Entry) string {
	return func(*time.Location) func(budget.Entry) string { return key }
}

func groupingNames() string {
	var names []string
	for _, g := range groupings {
		names = append(names, g.name)
	}
	return strings.Join(names, ", ")
}

func scopeName(e budget.Entry, k budget.Kind) string {
	for _, s := range e.Scopes {
		if s.Kind == k {
			return s.Name
		}
	}
	return ""
}

// keys are the functions that group entries as q asks.
func (q *reportQuery) keys(zone *time.Location) (keys []func(budget.Entry) string, err error) {
	if len(q.by) == 0 {
		return nil, usage(fmt.Errorf("--by names no grouping: it takes %s", groupingNames()))
	}
	for _, name := range q.by {
		i := slices.IndexFunc(groupings, func(g grouping) bool { return g.name == name })
		if i < 0 {
			return nil, usage(fmt.Errorf("--by %q is none of %s", name, groupingNames()))
		}
		keys = append(keys, groupings[i].key(zone))
	}
	return keys, nil
}

// readReport reads what q asks for, in one pass over the entries that it is about.
func readReport(ctx context.Context, p *project, q *reportQuery) (*view.Report, error) {
	zone := p.config.Budget.TimeZone
	keys, err := q.keys(zone)
	if err != nil {
		return nil, err
	}
	since, until, err := q.between(zone)
	if err != nil {
		return nil, err
	}
	store, err := p.openBooks(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	r := &view.Report{Since: since, Until: until}
	switch {
	case q.ofRun:
		err = reportRun(ctx, r, p, store, q.run)
	case q.ofPeriod:
		err = reportPeriod(ctx, r, p, store, q.period)
	case q.since != "" || q.until != "":
		r.Subject = "everything"
	default:
		r.Subject = "everything in " + p.ledgerPath()
	}
	if err != nil {
		return nil, err
	}
	r.Subject += q.rangeText()
	filter := books.Filter{Run: r.Run, Since: since, Until: until, Charging: true}
	if r.Period != nil {
		filter.Period = r.Period.ID
	}
	byModel := groupings[0].key(zone)
	history, err := books.Summarize(store.Entries(ctx, filter), append(keys, byModel)...)
	if errors.Is(err, budget.ErrUncountable) {
		return nil, fmt.Errorf("%s: %w: report on less of it (--run, --period, --since and --until; orchestrate ledger verify says whether the books are damaged)",
			p.ledgerPath(), err)
	}
	if err != nil {
		return nil, err
	}
	r.Fill(history, q.by)
	return r, nil
}

// reportRun makes r one of a run, with how its tasks ended.
func reportRun(ctx context.Context, r *view.Report, p *project, store *sqlite.Ledger, id string) error {
	runs, err := store.Runs(ctx)
	if err != nil {
		return err
	}
	run, err := pickRun(runs, id, "")
	if err != nil {
		return usage(fmt.Errorf("%s: %w%s", p.ledgerPath(), err, p.otherBooks()))
	}
	r.Run, r.Subject = run.ID, "run "+run.ID+" of "+run.TaskFile
	r.Outcomes = make(map[orchestrator.Outcome]int)
	for e, err := range store.Results(ctx, r.Run) {
		if err != nil {
			return err
		}
		if len(e.Result) == 0 { // imported without it
			continue
		}
		result, err := orchestrator.DecodeResult(e.Result)
		if err != nil {
			return fmt.Errorf("the books hold a result of task %s that cannot be read: %w", e.TaskID(), err)
		}
		r.Outcomes[result.Outcome]++
		if result.Outcome != orchestrator.Done {
			r.NotDone = append(r.NotDone, view.NotDone{ID: result.ID, Outcome: result.Outcome, Reason: result.Reason})
		}
	}
	return nil
}

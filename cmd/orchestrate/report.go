package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

func newReport(f *flags, std stdio) *cobra.Command { //nolint:funlen // texts and flags
	q := &reportFlags{}
	var csv, outputs, wide bool
	var page string
	c := &cobra.Command{
		Use:   "report",
		Short: "Show what was spent, on what, from the books",
		Example: `  orchestrate report                      the last run
  orchestrate report --run 20261123-204033-abc123 --by task
  orchestrate report --period 3
  orchestrate report --since 2026-11-01 --until 2026-11-30 --by day,model
  orchestrate report --all --by run --json
  orchestrate report --all --by day --csv > days.csv
  orchestrate report --html report.html   the last run as a page, with pictures`,
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
			if csv && !c.Flags().Changed("by") {
				q.by = q.by[:1]
			}
			if csv && len(q.by) != 1 {
				return usage(errors.New("--csv takes one grouping: choose one with --by"))
			}
			if page != "" {
				return writePage(c.Context(), p, q.run, page, outputs, std)
			}
			query, err := q.query(c.Flags().Changed, p.Config.Budget.TimeZone)
			if err != nil {
				return err
			}
			read, err := p.Report(c.Context(), query)
			if err != nil {
				return err
			}
			report := view.NewReport(p, read, q.rangeText())
			report.GoOn = goOn(p, read)
			switch {
			case f.json:
				return view.WriteJSON(std.out, report)
			case csv:
				return report.WriteCSV(std.out)
			}
			_, err = fmt.Fprint(std.out, report.Text(fit(std.out, wide)))
			return err
		},
	}
	addWide(c, &wide)
	c.Flags().StringVar(&q.run, "run", project.LastRun, "the run to report on")
	c.Flags().Int64Var(&q.period, "period", 0, "report on a period, by its number")
	c.Flags().StringVar(&q.since, "since", "", "report on what was booked since this day or time")
	c.Flags().StringVar(&q.until, "until", "", "report on what was booked until the end of this day, or before this time")
	c.Flags().BoolVar(&q.all, "all", false, "report on everything in the books")
	c.Flags().StringSliceVar(&q.by, "by", []string{"model", "worker"}, "group by "+strings.Join(project.Groupings(), ", "))
	complete(c, "run", f, runIDs)
	addSim(c, f, "of the simulator's books")
	c.Flags().BoolVar(&csv, "csv", false, "write comma-separated values, of one grouping")
	c.Flags().StringVar(&page, "html", "", "write a page about the run to this file: pictures and tables, for which no network is needed")
	c.Flags().BoolVar(&outputs, "outputs", false, "with --html, put the answers on the page, too")
	addJSON(c, f)
	for _, other := range []string{"csv", "json", "all", "period", "since", "until", "by"} {
		exclude(c, "html", other)
	}
	exclude(c, "run", "all")
	exclude(c, "run", "period")
	exclude(c, "period", "all")
	exclude(c, "csv", "json")
	return c
}

// reportFlags say what a report is about.
type reportFlags struct {
	run          string
	period       int64
	since, until string
	all          bool
	by           []string
}

// query is what the flags ask for: of a run, unless they say otherwise.
func (q *reportFlags) query(given func(flag string) bool, zone *time.Location) (out project.ReportQuery, err error) {
	out.By = q.by
	if !slices.ContainsFunc([]string{"all", "period", "since", "until"}, given) || given("run") {
		out.Run = q.run
	}
	if given("period") {
		out.Period = &q.period
	}
	out.Since, out.Until, err = q.between(zone)
	return out, err
}

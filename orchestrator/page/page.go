// Package page writes the report of a run as one page: a file that needs no network and no JavaScript, for a screen, light or dark,
// and for paper. Every number of a picture stands in a table, too.
package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

//go:embed page.html.tmpl page.css
var files embed.FS

var page = template.Must(template.New("page.html.tmpl").Funcs(template.FuncMap{
	"n": view.Number, "short": view.Short, "usd": view.ShortCost, "span": view.Span, "middle": func(s string) string { return view.Middle(s, 80) },
	"written": func(u budget.Usage) int64 { return u.CacheWrite5m + u.CacheWrite1h },
	"percent": func(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) },
	"json":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}).ParseFS(files, "page.html.tmpl"))

// maxListed is how many tasks a list has; more are counted.
const maxListed = 500

// Options choose what is on the page.
type Options struct {
	Outputs bool   // what was answered; the record has to have it
	Program string // how this program is called, in commands to copy
}

// Write writes the page of a run.
func Write(w io.Writer, r *project.Record, report *view.Report, o Options) error {
	style, err := files.ReadFile("page.css")
	if err != nil {
		return err
	}
	graph := knots(r.Tasks, r.Results)
	return page.Execute(w, &data{
		Knots: graph, Graph: Graph(graph),
		Style:  template.CSS(style), //nolint:gosec // it is embedded
		Record: r, Report: report, Options: o, Began: began(r), Took: took(r),
		BurnDown: BurnDown(r.Curve, r.Limits, r.Limit.Tokens), Timeline: Timeline(r.Results),
		Lists: lists(r.Results),
	})
}

// data is what the template draws.
type data struct {
	Style    template.CSS
	Record   *project.Record
	Report   *view.Report
	Options  Options
	Began    time.Time
	Took     time.Duration
	BurnDown template.HTML
	Timeline template.HTML
	Graph    template.HTML
	Knots    []*knot
	Lists    []list
}

// list is tasks with something in common, and what would help them.
type list struct {
	Name  string
	Help  string
	Tasks []orchestrator.Result
	More  int // that are not listed
}

// Total is how many tasks it has, listed or not.
func (l list) Total() int { return len(l.Tasks) + l.More }

// lists are the tasks to look at, by outcome, and those whose answers were cut.
func lists(results []orchestrator.Result) (all []list) {
	for _, kind := range []struct {
		name, help string
		is         func(orchestrator.Result) bool
	}{
		{"deferred", "The budget, or a provider, could not take them: raise the limit that is named, or wait for it, and go on with the run.", outcome(orchestrator.Deferred)},
		{"failed", "Look at the reason, mend it, and ask them again: run --retry failed.", outcome(orchestrator.Failed)},
		{"exhausted", "Their own limit is spent: raise max_tokens_per_task, or the limit of the task.", outcome(orchestrator.Exhausted)},
		{"skipped", "They depend on one that has no output.", outcome(orchestrator.Skipped)},
		{"cancelled", "The run was stopped before they began: go on with it.", outcome(orchestrator.Cancelled)},
		{"cut at the cap", "Their answers end where the output cap does: raise max_output_tokens, and ask them again: run --retry cut.", orchestrator.Result.Cut},
	} {
		l := list{Name: kind.name, Help: kind.help}
		for _, r := range results {
			switch {
			case !kind.is(r):
			case len(l.Tasks) < maxListed:
				l.Tasks = append(l.Tasks, r)
			default:
				l.More++
			}
		}
		if l.Tasks != nil {
			all = append(all, l)
		}
	}
	return all
}

func outcome(o orchestrator.Outcome) func(orchestrator.Result) bool {
	return func(r orchestrator.Result) bool { return r.Outcome == o }
}

// began is when the first task did; the zero time if none has.
func began(r *project.Record) (first time.Time) {
	for _, of := range r.Results {
		if !of.Started.IsZero() && (first.IsZero() || of.Started.Before(first)) {
			first = of.Started
		}
	}
	return first
}

// took is from then to the last task's end.
func took(r *project.Record) time.Duration {
	first := began(r)
	var last time.Time
	for _, of := range r.Results {
		if !of.Started.IsZero() && of.Ended.After(last) {
			last = of.Ended
		}
	}
	if first.IsZero() || last.Before(first) {
		return 0
	}
	return last.Sub(first)
}

// held is what a point has settled and held together.
func held(p project.Point) budget.Amount { return p.Settled.Add(p.Held) }

package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

func newReport(f *flags, std stdio) *cobra.Command {
	q := &reportQuery{}
	c := &cobra.Command{
		Use:   "report",
		Short: "Show what was spent, on what, from the books",
		Example: `  orchestrate report                      the last run
  orchestrate report --run 20261123-204033-abc123 --by task
  orchestrate report --all --by model --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := loadProject(f, "", std)
			if err != nil {
				return err
			}
			p.sim = q.sim
			report, err := readReport(c.Context(), p, q)
			if err != nil {
				return err
			}
			if f.json {
				return writeJSON(std.out, report)
			}
			_, err = fmt.Fprint(std.out, report.text())
			return err
		},
	}
	c.Flags().StringVar(&q.run, "run", lastRun, "the run to report on")
	c.Flags().BoolVar(&q.all, "all", false, "report on everything in the books")
	c.Flags().StringSliceVar(&q.by, "by", []string{"model", "worker"}, "group by model, worker, task, run or day")
	c.Flags().BoolVar(&q.sim, "sim", false, "of the simulator's books")
	c.MarkFlagsMutuallyExclusive("run", "all")
	addJSON(c, f)
	return c
}

// reportQuery says what a report is about.
type reportQuery struct {
	run string
	all bool
	by  []string
	sim bool
}

// groupings are the ways to group entries.
var groupings = map[string]func(budget.Entry) string{
	"model":  func(e budget.Entry) string { return e.Model },
	"worker": func(e budget.Entry) string { return scopeName(e, budget.KindWorker) },
	"task":   budget.Entry.TaskID,
	"run":    budget.Entry.Run,
	"day":    func(e budget.Entry) string { return e.Time.UTC().Format("2006-01-02") },
}

func scopeName(e budget.Entry, k budget.Kind) string {
	for _, s := range e.Scopes {
		if s.Kind == k {
			return s.Name
		}
	}
	return ""
}

// report is what was asked for.
type report struct {
	Schema   int                          `json:"schema_version"`
	Subject  string                       `json:"subject"`
	Run      string                       `json:"run,omitempty"`
	Outcomes map[orchestrator.Outcome]int `json:"outcomes,omitempty"`
	Total    lineJSON                     `json:"total"`
	Groups   []groupJSON                  `json:"groups"`
	Deferred []deferredJSON               `json:"not_done,omitempty"`
}

// deferredJSON is a task without a result, and why.
type deferredJSON struct {
	ID      string               `json:"id"`
	Outcome orchestrator.Outcome `json:"outcome"`
	Reason  string               `json:"reason"`
}

type groupJSON struct {
	By    string     `json:"by"`
	Lines []lineJSON `json:"lines"`
}

// lineJSON is a sum for machines; a null cost is unknown.
type lineJSON struct {
	Key          string          `json:"key,omitempty"`
	Attempts     int             `json:"attempts"`
	Tokens       int64           `json:"tokens"`
	Exact        int64           `json:"exact"`
	Assumed      int64           `json:"assumed"`
	Overrun      int64           `json:"overrun"`
	Debt         int64           `json:"debt"`
	Held         int64           `json:"held_for_them"`
	CountedInput int64           `json:"counted_input"`
	ActualInput  int64           `json:"actual_input"`
	Usage        budget.Usage    `json:"usage"`
	Cost         *budget.NanoUSD `json:"cost_nano_usd"`
	Unpriced     int64           `json:"unpriced_tokens"`
}

func lineOf(l budget.Line) lineJSON {
	j := lineJSON{
		Key: l.Key, Attempts: l.Attempts, Tokens: l.Settled.Tokens, Exact: l.Exact.Tokens, Assumed: l.Assumed.Tokens,
		Overrun: l.Overrun.Tokens, Debt: l.Debt.Total().Tokens, Held: l.Held.Tokens, CountedInput: l.Counted,
		ActualInput: l.Input, Usage: l.Usage, Unpriced: l.Unpriced,
	}
	if l.Unpriced == 0 || l.Unpriced < l.Settled.Tokens {
		j.Cost = &l.Settled.Cost
	}
	return j
}

func readReport(ctx context.Context, p *project, q *reportQuery) (*report, error) {
	ledger, closeLedger, err := p.openReader(ctx)
	if err != nil {
		return nil, err
	}
	defer closeLedger()
	r := &report{Schema: schemaVersion, Subject: "everything in " + p.ledgerPath()}
	books, ok := ledger.(*sqlite.Ledger)
	if !ok {
		return nil, p.noBooks()
	}
	if !q.all {
		runs, err := books.Runs(ctx)
		if err != nil {
			return nil, err
		}
		run, err := pickRun(runs, q.run, "")
		if err != nil {
			return nil, usage(fmt.Errorf("%s: %w%s", p.ledgerPath(), err, p.otherBooks()))
		}
		r.Run, r.Subject = run.ID, "run "+run.ID+" of "+run.TaskFile
		if err := r.outcomes(ctx, books); err != nil {
			return nil, err
		}
	}
	return r, r.group(ctx, books, q.by)
}

// outcomes counts how the run's tasks ended.
func (r *report) outcomes(ctx context.Context, books *sqlite.Ledger) error {
	r.Outcomes = make(map[orchestrator.Outcome]int)
	for e, err := range books.Results(ctx, r.Run) {
		if err != nil {
			return err
		}
		result, err := orchestrator.DecodeResult(e.Result)
		if err != nil {
			return err
		}
		r.Outcomes[result.Outcome]++
		if result.Outcome != orchestrator.Done {
			r.Deferred = append(r.Deferred, deferredJSON{result.ID, result.Outcome, result.Reason})
		}
	}
	return nil
}

func (r *report) group(ctx context.Context, books *sqlite.Ledger, by []string) error {
	all := func(budget.Entry) string { return "total" }
	lines, err := budget.Group(r.entries(ctx, books), all)
	if err != nil {
		return err
	}
	for _, l := range lines {
		l.Key = ""
		r.Total = lineOf(l)
	}
	for _, name := range by {
		key, ok := groupings[name]
		if !ok {
			return usage(fmt.Errorf("--by %q is none of model, worker, task, run, day", name))
		}
		lines, err := budget.Group(r.entries(ctx, books), key)
		if err != nil {
			return err
		}
		g := groupJSON{By: name, Lines: []lineJSON{}}
		for _, l := range lines {
			if l.Attempts > 0 {
				g.Lines = append(g.Lines, lineOf(l))
			}
		}
		r.Groups = append(r.Groups, g)
	}
	return nil
}

// entries are those that the report is about.
func (r *report) entries(ctx context.Context, books *sqlite.Ledger) iter.Seq2[budget.Entry, error] {
	return func(yield func(budget.Entry, error) bool) {
		for e, err := range books.All(ctx) {
			if err == nil && r.Run != "" && e.Run() != r.Run {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (r *report) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Subject)
	var ends []string
	for _, o := range orchestrator.Outcomes {
		if n := r.Outcomes[o]; n > 0 {
			ends = append(ends, fmt.Sprintf("%s %s", count(int64(n)), o))
		}
	}
	if len(ends) > 0 {
		fmt.Fprintln(&b, strings.Join(ends, ", "))
	}
	headers := []string{"attempts", "tokens", "exact", "assumed", "input", "output", "from cache", "overrun", "held for them", "cost"}
	for _, g := range r.Groups {
		var rows [][]string
		for _, l := range g.Lines {
			rows = append(rows, append([]string{l.Key}, l.row()...))
		}
		rows = append(rows, append([]string{"all"}, r.Total.row()...))
		b.WriteString("\n" + renderTable(append([]string{g.By}, headers...), rows))
	}
	if len(r.Deferred) > 0 {
		var rows [][]string
		for _, d := range r.Deferred[:min(len(r.Deferred), maxListed)] {
			rows = append(rows, []string{d.ID, string(d.Outcome), d.Reason})
		}
		b.WriteString("\n" + renderTable([]string{"not done", "outcome", "why"}, rows))
		if more := len(r.Deferred) - maxListed; more > 0 {
			fmt.Fprintf(&b, "and %s more (--json lists them)\n", count(int64(more)))
		}
	}
	return b.String()
}

// maxListed is how many tasks a report for people lists.
const maxListed = 30

func (l lineJSON) row() []string {
	cost := "unknown"
	if l.Cost != nil {
		cost = l.Cost.String()
		if l.Unpriced > 0 {
			cost += " + unknown"
		}
	}
	input := l.Usage.InputTokens()
	return []string{
		count(int64(l.Attempts)), count(l.Tokens), count(l.Exact), count(l.Assumed), count(input),
		count(l.Usage.Output + l.Usage.AudioOutput), percent(l.Usage.CacheRead, input), count(l.Overrun), count(l.Held), cost,
	}
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", part*100/whole)
}

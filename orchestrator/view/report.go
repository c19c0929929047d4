package view

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Report is what was spent, and on what.
type Report struct {
	Schema    int                          `json:"schema_version"`
	Subject   string                       `json:"subject"`
	Run       string                       `json:"run,omitempty"`
	Period    *budget.Period               `json:"period,omitempty"`
	Since     time.Time                    `json:"since,omitzero"`
	Until     time.Time                    `json:"until,omitzero"`  // the first instant that is not in it
	State     project.RunState             `json:"state,omitempty"` // of a run
	GoOn      string                       `json:"go_on,omitempty"` // the command that goes on with a run that was interrupted
	Outcomes  map[orchestrator.Outcome]int `json:"outcomes,omitempty"`
	Took      *Took                        `json:"took,omitempty"` // by the tasks of a run that were asked
	Total     Line                         `json:"total"`
	Groups    []Group                      `json:"groups"`
	Debts     []Debt                       `json:"debts,omitempty"`
	NotDone   []NotDone                    `json:"not_done,omitempty"`
	Cut       int                          `json:"cut,omitempty"`       // of the tasks that are done, answers that the output cap cut
	Predicted []Predicted                  `json:"predicted,omitempty"` // of a run

	models []Line // for the estimates
}

// Took is how long tasks took, in seconds: all of them from the first to the last, and one of them.
type Took struct {
	Tasks     int     `json:"tasks"`
	Seconds   float64 `json:"seconds"`
	PerMinute float64 `json:"tasks_per_minute,omitempty"`
	P50       float64 `json:"task_seconds_p50"`
	P95       float64 `json:"task_seconds_p95"`
	Requests  int     `json:"requests"`                     // on the wire, for all of the tasks
	Several   int     `json:"tasks_with_several,omitempty"` // those with more than one request

	// How long tasks waited: for budget, begun or not, and for a provider that was paused, or whose rates were used up.
	Budget   *Waited `json:"waited_for_budget,omitempty"`
	Provider *Waited `json:"waited_for_provider,omitempty"`
}

// Waited is how long tasks waited for something, in seconds: all together, and one of them at most.
type Waited struct {
	Tasks   int     `json:"tasks"`
	Seconds float64 `json:"seconds"`
	Max     float64 `json:"seconds_max"`
}

func newWaited(w project.Waited) *Waited {
	if w.Tasks == 0 {
		return nil
	}
	return &Waited{w.Tasks, w.Total.Seconds(), w.Max.Seconds()}
}

// text is "12 tasks waited 3m 10s for budget, the longest 40s".
func (w *Waited) text(what string) string {
	if w == nil {
		return ""
	}
	seconds := func(s float64) string { return Span(time.Duration(s * float64(time.Second))) }
	text := fmt.Sprintf("%s waited %s for %s", Plural(w.Tasks, "task"), seconds(w.Seconds), what)
	if w.Tasks > 1 {
		text += ", the longest " + seconds(w.Max)
	}
	return text
}

// Waits are how long tasks waited, in words.
func (t *Took) Waits() []string {
	return slices.DeleteFunc([]string{t.Budget.text("budget"), t.Provider.text("a provider")}, func(s string) bool { return s == "" })
}

func newTook(of *project.Took) *Took {
	if of == nil {
		return nil
	}
	t := &Took{Tasks: of.Tasks, Seconds: of.Wall.Seconds(), P50: of.P50.Seconds(), P95: of.P95.Seconds(), Requests: of.Requests, Several: of.Several}
	t.Budget, t.Provider = newWaited(of.Budget), newWaited(of.Provider)
	if of.Wall > 0 {
		t.PerMinute = float64(of.Tasks) / of.Wall.Minutes()
	}
	return t
}

// Predicted compares what tasks that are done were expected to be charged with what they were. Errors are shares of what was
// charged: the median and the ninth decile of |expected - charged| / charged.
type Predicted struct {
	Model    string  `json:"model"`
	Group    string  `json:"group,omitempty"` // "" for all of the model
	Worker   string  `json:"worker,omitempty"`
	Tasks    int     `json:"tasks"`
	Expected int64   `json:"expected"`
	Charged  int64   `json:"charged"`
	P50      float64 `json:"error_p50"`
	P90      float64 `json:"error_p90"`
}

// NotDone is a task without a result, and why.
type NotDone struct {
	ID      string               `json:"id"`
	Outcome orchestrator.Outcome `json:"outcome"`
	Reason  string               `json:"reason"`
}

// Group is the lines of one grouping.
type Group struct {
	By    string `json:"by"`
	Lines []Line `json:"lines"`
}

// Line is a sum for machines: tokens, but for cost and counts. A null cost is unknown.
type Line struct {
	Key      string          `json:"key,omitempty"`
	Attempts int             `json:"attempts"` // that were charged
	Released int             `json:"released"` // attempts that ended without a charge
	Tasks    int             `json:"tasks"`
	Tokens   int64           `json:"tokens"`
	Exact    int64           `json:"exact"`
	Assumed  int64           `json:"assumed"`
	Overrun  int64           `json:"overrun"`
	Debt     int64           `json:"debt"` // of the total scope
	Causes   *Causes         `json:"debt_by_cause,omitempty"`
	Usage    budget.Usage    `json:"usage"`
	Cost     *budget.NanoUSD `json:"cost_nano_usd"`
	Unpriced int64           `json:"unpriced_tokens"`
	Over     budget.NanoUSD  `json:"overrun_nano_usd"`
	Owed     budget.NanoUSD  `json:"debt_nano_usd"` // of the total scope
	Estimate Estimate        `json:"estimate"`
}

// Estimate compares expectation and truth, of attempts that were settled exactly.
type Estimate struct {
	Attempts int   `json:"attempts"`
	Above    int   `json:"above_hold"` // attempts that were charged more than they held
	Held     int64 `json:"held"`
	Charged  int64 `json:"charged"`
	Counted  int64 `json:"counted_input"`
	Input    int64 `json:"actual_input"`
}

// Debt is what an account owes for one cause.
type Debt struct {
	Scope  budget.Scope   `json:"scope"`
	Run    string         `json:"run,omitempty"`
	Period int64          `json:"period,omitempty"`
	Cause  budget.Cause   `json:"cause"`
	Tokens int64          `json:"tokens"`
	Cost   budget.NanoUSD `json:"cost_nano_usd"`
}

func lineOf(l books.Line) Line {
	e, debt := l.Estimate, l.Debt.Total()
	j := Line{
		Key: l.Key, Attempts: l.Attempts, Released: l.Released, Tasks: l.Tasks, Tokens: l.Settled.Tokens,
		Exact: l.Exact.Tokens, Assumed: l.Assumed.Tokens, Overrun: l.Overrun.Tokens, Debt: debt.Tokens,
		Usage: l.Usage, Unpriced: l.Unpriced, Over: l.Overrun.Cost, Owed: debt.Cost,
		Estimate: Estimate{e.Attempts, e.Above, e.Held, e.Charged, e.Counted, e.Input},
	}
	if !debt.IsZero() {
		j.Causes = &Causes{l.Debt.Overrun.Tokens, l.Debt.Recorded.Tokens, l.Debt.Lowered.Tokens, l.Debt.Soft.Tokens}
	}
	if l.Unpriced == 0 || l.Unpriced < l.Settled.Tokens {
		j.Cost = &l.Settled.Cost
	}
	return j
}

// NewReport is what was reported of a project. asked is the range of time as it was asked for, "" for none.
func NewReport(p *project.Project, of *project.Report, asked string) *Report {
	r := &Report{
		Schema: SchemaVersion, Subject: subject(p, of) + asked, Period: of.Period, Since: of.Query.Since, Until: of.Query.Until,
		Outcomes: of.Outcomes, Total: lineOf(of.Total), Groups: []Group{}, models: linesOf(of.Groups[len(of.Query.By)]),
	}
	if of.Run != nil {
		r.Run, r.State, r.Took = of.Run.ID, of.State, newTook(of.Took)
	}
	for i, name := range of.Query.By {
		r.Groups = append(r.Groups, Group{name, linesOf(of.Groups[i])})
	}
	for _, d := range of.Debts {
		a := d.Account
		r.Debts = append(r.Debts, Debt{a.Scope, a.Run, a.Period, d.Cause, d.Amount.Tokens, d.Amount.Cost})
	}
	r.Cut = of.Cut
	for _, p := range of.Predicted {
		r.Predicted = append(r.Predicted, Predicted(p))
	}
	for _, n := range of.NotDone {
		r.NotDone = append(r.NotDone, NotDone{n.ID, n.Outcome, n.Reason})
	}
	return r
}

// subject is what a report is about, but for the range of time.
func subject(p *project.Project, of *project.Report) string {
	switch {
	case of.Run != nil:
		return "run " + of.Run.ID + " of " + of.Run.TaskFile
	case of.Period != nil:
		return fmt.Sprintf("period %d, %s", of.Period.ID, PeriodText(*of.Period, p.Config.Budget.TimeZone))
	case !of.Query.Since.IsZero() || !of.Query.Until.IsZero():
		return "everything"
	}
	return "everything in " + p.LedgerPath()
}

func linesOf(list []books.Line) []Line {
	out := []Line{}
	for _, l := range list {
		out = append(out, lineOf(l))
	}
	return out
}

// csvColumns are those after the key. New ones are only ever added at the end.
var csvColumns = []string{
	"attempts", "released", "tasks", "tokens", "exact", "assumed", "overrun", "debt",
	"debt_overrun", "debt_recorded", "debt_lowered", "debt_soft",
	"input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "audio_input", "audio_output", "reasoning",
	"cost_nano_usd", "unpriced_tokens",
	"estimated_attempts", "above_hold", "held", "charged", "counted_input", "actual_input",
	"overrun_nano_usd", "debt_nano_usd",
}

// WriteCSV writes the one grouping that the report has, with a header. Cells that a spreadsheet would take for a formula
// are defused.
func (r *Report) WriteCSV(w io.Writer) error {
	g := r.Groups[0]
	out := csv.NewWriter(w)
	if err := out.Write(append([]string{g.By}, csvColumns...)); err != nil {
		return err
	}
	for _, l := range g.Lines {
		if err := out.Write(l.record()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (l Line) record() []string {
	var causes Causes
	if l.Causes != nil {
		causes = *l.Causes
	}
	u, e := l.Usage, l.Estimate
	cost := "unknown"
	if l.Cost != nil {
		cost = strconv.FormatInt(int64(*l.Cost), 10)
	}
	record := append([]string{textCell(l.Key)}, integers(int64(l.Attempts), int64(l.Released), int64(l.Tasks), l.Tokens, l.Exact, l.Assumed,
		l.Overrun, l.Debt, causes.Overrun, causes.Recorded, causes.Lowered, causes.Soft,
		u.Input, u.CacheRead, u.CacheWrite5m, u.CacheWrite1h, u.Output, u.AudioInput, u.AudioOutput, u.Reasoning)...)
	return append(append(record, cost), integers(l.Unpriced,
		int64(e.Attempts), int64(e.Above), e.Held, e.Charged, e.Counted, e.Input, int64(l.Over), int64(l.Owed))...)
}

// textCell is text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one and is no
// number. (CSV injection, in the way that OWASP describes it.)
func textCell(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && !isNumeral(text) {
		return "'" + text
	}
	return text
}

// isNumeral matches a decimal number.
var isNumeral = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`).MatchString

func integers(list ...int64) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(n, 10)
	}
	return out
}

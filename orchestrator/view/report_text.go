package view

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// maxListed is how many tasks or debts a report for people lists.
const maxListed = 30

// Text is the report for people: tables that fit.
func (r *Report) Text(f Fit) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Subject)
	var ends []string
	for _, o := range orchestrator.Outcomes {
		if n := r.Outcomes[o]; n > 0 {
			ends = append(ends, fmt.Sprintf("%s %s", Number(int64(n)), o))
		}
	}
	if len(ends) > 0 {
		fmt.Fprintln(&b, strings.Join(ends, ", "))
	}
	b.WriteString(r.stateText())
	for _, g := range r.Groups {
		b.WriteString("\n" + r.groupText(f, g))
	}
	b.WriteString(r.estimatesText(f) + r.predictedText(f) + r.debtsText(f) + r.notDoneText(f))
	return b.String()
}

// stateText is how long it took, how many answers were cut, and how to go on.
func (r *Report) stateText() (text string) {
	if t := r.Took; t != nil {
		text = fmt.Sprintf("in %s, %s tasks a minute; a task took %s (p50), %s (p95)\n",
			seconds(t.Seconds), significant(t.PerMinute), seconds(t.P50), seconds(t.P95))
		if t.Several > 0 {
			text += fmt.Sprintf("%s requests for %s tasks: %s of them had more than one\n", Number(int64(t.Requests)), Number(int64(t.Tasks)), Number(int64(t.Several)))
		}
		for _, waits := range t.Waits() {
			text += waits + "\n"
		}
	}
	if r.Cut > 0 {
		text += fmt.Sprintf("%s of the answers were cut by their output cap\n", Number(int64(r.Cut)))
	}
	switch {
	case r.State == project.RunGoing:
		text += "it is going on now\n"
	case r.State == project.RunInterrupted && r.GoOn != "":
		text += "it was interrupted; to go on: " + r.GoOn + "\n"
	}
	return text
}

// significant is a figure with as many digits as people read.
func significant(f float64) string {
	if f >= 1000 {
		return Number(int64(f + .5))
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}

// seconds is a time as people say it: "1h2m3s", "12s", "1.23s", "45ms".
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func (r *Report) groupText(f Fit, g Group) string {
	headers := []string{
		g.By, "attempts", "per task", "tokens", "share", "exact", "assumed", "input", "output", "from cache", "overrun", "debt", "cost",
	}
	var rows [][]string
	for _, l := range g.Lines {
		rows = append(rows, l.row(cmp.Or(l.Key, "none"), share(l.Tokens, r.Total.Tokens)))
	}
	rows = append(rows, r.Total.row("all", ""))
	return f.table(headers, rows, "per task", "exact", "share", "overrun", "debt", "from cache", "assumed", "input", "output")
}

func (l Line) row(key, share string) []string {
	cost := "unknown"
	if l.Cost != nil {
		cost = l.Cost.String()
		if l.Unpriced > 0 {
			cost += " + unknown"
		}
	}
	input := l.Usage.InputTokens()
	overrun, debt := budget.Amount{Tokens: l.Overrun, Cost: l.Over}, budget.Amount{Tokens: l.Debt, Cost: l.Owed}
	return []string{
		key, Number(int64(l.Attempts)), ratio(int64(l.Attempts), int64(l.Tasks)), Number(l.Tokens), share, Number(l.Exact), Number(l.Assumed),
		Number(input), Number(l.Usage.Output + l.Usage.AudioOutput), percent(l.Usage.CacheRead, input),
		amountText(overrun), amountText(debt), cost,
	}
}

// share is part of whole as a number and as a bar of at most ten cells.
func share(part, whole int64) string {
	if whole <= 0 || part < 0 {
		return ""
	}
	eighths := min(80, int(80*float64(part)/float64(whole)+0.5))
	bar := strings.Repeat("█", eighths/8)
	if eighths%8 > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[eighths%8-1])
	}
	return fmt.Sprintf("%4s %s", percent(part, whole), bar)
}

// predictedText compares what tasks were expected to be charged with what they were: of each model, and of its groups where it
// has several.
func (r *Report) predictedText(f Fit) string {
	groups := make(map[string]int)
	for _, p := range r.Predicted {
		groups[p.Model]++
	}
	var rows [][]string
	for _, p := range r.Predicted {
		key := cmp.Or(p.Model, "none")
		if p.Group != "" {
			if groups[p.Model] <= 2 {
				continue
			}
			key = fmt.Sprintf("  %s, group %.8s", p.Worker, p.Group)
		}
		if len(rows) < maxListed {
			rows = append(rows, []string{
				key, Number(int64(p.Tasks)), Number(p.Expected), Number(p.Charged), fmt.Sprintf("%.0f%%", 100*p.P50), fmt.Sprintf("%.0f%%", 100*p.P90),
			})
		}
	}
	if rows == nil {
		return ""
	}
	return "\n" + f.table([]string{"expected of tasks", "tasks", "expected", "charged", "error p50", "error p90"}, rows, "tasks", "expected")
}

// estimatesText compares what was expected of each model with what came.
func (r *Report) estimatesText(f Fit) string {
	if r.Total.Estimate.Attempts == 0 {
		return ""
	}
	headers := []string{
		"estimates of", "attempts", "held", "charged", "held/charged", "input counted", "input charged", "counted/charged", "above hold",
	}
	var rows [][]string
	for _, l := range r.models {
		if e := l.Estimate; e.Attempts > 0 {
			rows = append(rows, []string{
				cmp.Or(l.Key, "none"), Number(int64(e.Attempts)), Number(e.Held), Number(e.Charged), ratio(e.Held, e.Charged),
				Number(e.Counted), Number(e.Input), ratio(e.Counted, e.Input), percent(int64(e.Above), int64(e.Attempts)),
			})
		}
	}
	return "\n" + f.table(headers, rows, "input counted", "input charged", "above hold", "counted/charged", "attempts")
}

func (r *Report) debtsText(f Fit) string {
	if len(r.Debts) == 0 {
		return ""
	}
	var rows [][]string
	for _, d := range r.Debts[:min(len(r.Debts), maxListed)] {
		in := "run " + d.Run
		if d.Run == "" {
			in = fmt.Sprintf("period %d", d.Period)
		}
		rows = append(rows, []string{d.Scope.String(), in, string(d.Cause), Number(d.Tokens), d.Cost.String()})
	}
	return "\n" + f.table([]string{"debt of", "in", "cause", "tokens", "cost"}, rows) + more(len(r.Debts))
}

func (r *Report) notDoneText(f Fit) string {
	if len(r.NotDone) == 0 {
		return ""
	}
	var rows [][]string
	for _, d := range r.NotDone[:min(len(r.NotDone), maxListed)] {
		rows = append(rows, []string{d.ID, string(d.Outcome), d.Reason})
	}
	return "\n" + f.table([]string{"not done", "outcome", "why"}, rows) + more(len(r.NotDone))
}

func more(n int) string {
	if n <= maxListed {
		return ""
	}
	return fmt.Sprintf("and %s more (--json lists them)\n", Number(int64(n-maxListed)))
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
}

// ratio is a/b for people, who need no more than two decimals.
func ratio(a, b int64) string {
	if b <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

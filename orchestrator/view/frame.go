package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
)

// frame is a run on a screen, in at most height lines of at most width columns: what matters first, and the tasks that run in
// what is left.
//
//	run 20261126-164603-5ub3do  running  1m12s, about 3m41s left
//	tasks   212 done (3 cut)  2 failed  4 running  82 waiting  of 300
//	total   ██████▒▒░░  71%  5,696 left of 20k: 13.1k settled, 1,204 held
//	rates   41 tasks/min  12.3k tokens/min  $0.31/min
//	ahead   the budget ends at about task 270: 30 tasks short, 41k tokens, $0.41
//	paused  provider openai, asked again in 41s (429 ...)
//	5 x failed: auth (401): ...
//	drafter  3 running  42 tokens/s
//	  chapter-12                                      12s
type frame struct {
	Moment
	now           time.Time
	width, height int
	style
}

// The least that a screen has to have for more than one line, and how many lines some parts get at most.
const (
	leastHeight = 5
	mostGauges  = 6
	mostPauses  = 3
	mostCauses  = 4
	nameWidth   = 22 // of a scope
)

func (f frame) String() string {
	lines := []string{f.inOne()}
	if f.height >= leastHeight {
		lines = f.lines()
	}
	clip := lipgloss.NewStyle().MaxWidth(f.width)
	for i, line := range lines { // one by one: together they would be padded
		lines[i] = clip.Render(line)
	}
	return strings.Join(lines, "\n")
}

// inOne is all in a line, for a screen that has no more.
func (f frame) inOne() string {
	text := fmt.Sprintf("%d of %d ended, %d running", f.Tasks.ended()+f.Tasks.Resumed, f.Tasks.Total, f.Tasks.Running)
	if all := f.gauges(); len(all) > 0 {
		text += fmt.Sprintf("  %s %.0f%%", all[0].name, 100*all[0].used())
	}
	return text + "  " + f.timeText()
}

// Line is all that matters of a moment in one line, without colours.
func (m Moment) Line() string {
	return frame{Moment: m, now: m.Time, style: style{plain: true}}.inOne()
}

func (f frame) lines() []string {
	lines := []string{f.title()}
	if !f.Proxy {
		lines = append(lines, "tasks   "+f.tasksText())
	}
	lines = append(lines, f.limits(max(1, min(mostGauges, f.height/5)))...)
	lines = append(lines, "rates   "+f.ratesText())
	for _, more := range [][]string{f.ahead(), f.stops(), f.pauses(), f.causes()} {
		lines = append(lines, more[:min(len(more), max(0, f.height-len(lines)))]...)
	}
	return append(lines, f.active(f.height-len(lines))...)
}

func (f frame) title() string {
	state := string(f.State)
	switch f.State {
	case GoesOn, Serving:
		state = f.good(state)
	default:
		state = f.warn(state)
	}
	return "run " + f.bold(escape.Line(f.Run)) + "  " + state + "  " + f.timeText()
}

// timeText is the time that has passed, and the time left as far as it can be told.
func (f frame) timeText() string {
	text := Span(f.now.Sub(f.Started))
	if left := f.Tasks.Running + f.Planned.Tasks; f.State == GoesOn && f.Rates.Tasks > 0 && f.Tasks.ended() > 2 && left > 0 {
		text += ", about " + Span(time.Duration(float64(left)/f.Rates.Tasks*float64(time.Minute))) + " left"
	}
	return text
}

func (f frame) tasksText() string {
	var parts []string
	for _, o := range orchestrator.Outcomes {
		n := f.Tasks.Ended[o]
		if n == 0 && o != orchestrator.Done {
			continue
		}
		part := fmt.Sprintf("%s %s", Number(int64(n)), o)
		if o == orchestrator.Done && f.Tasks.Cut > 0 {
			part += fmt.Sprintf(" (%s cut)", Number(int64(f.Tasks.Cut)))
		}
		switch o {
		case orchestrator.Done:
			part = f.good(part)
		case orchestrator.Failed, orchestrator.Exhausted:
			part = f.bad(part)
		default:
			part = f.warn(part)
		}
		parts = append(parts, part)
	}
	parts = append(parts, Number(int64(f.Tasks.Running))+" running", Number(int64(f.Tasks.Waiting))+" waiting")
	text := strings.Join(parts, "  ") + "  of " + Number(int64(f.Tasks.Total))
	if f.Tasks.Resumed > 0 {
		text += fmt.Sprintf(" (%s before)", Number(int64(f.Tasks.Resumed)))
	}
	return text
}

// limits are the tightest of them, by name; without any, what was spent.
func (f frame) limits(most int) (lines []string) {
	all := f.gauges()
	if len(all) == 0 {
		s := f.total().status
		return []string{fmt.Sprintf("spent   %s tokens, %s held, %s: no limit", Short(s.Settled.Tokens), Short(s.Held.Tokens), costText(s.Counters))}
	}
	name := 0
	for _, g := range all[:min(most, len(all))] {
		name = max(name, min(nameWidth, f.width/5, lipgloss.Width(g.name)))
	}
	for _, g := range all[:min(most, len(all))] {
		lines = append(lines, g.line(max(7, name), max(6, min(40, f.width/8)), f.style))
	}
	return lines
}

func (f frame) ratesText() string {
	text := fmt.Sprintf("%s tasks/min  %s tokens/min", digits(f.Rates.Tasks), Short(f.Rates.Tokens))
	if f.Proxy {
		text = Short(f.Rates.Tokens) + " tokens/min"
	}
	if f.Rates.Cost > 0 {
		text += "  " + ShortCost(f.Rates.Cost) + "/min"
	}
	if f.Tasks.Extra > 0 {
		text += "  " + f.warn(fmt.Sprintf("%s calls more than tasks", Number(int64(f.Tasks.Extra))))
	}
	return text
}

// ahead is what the budget is expected to be too small for.
func (f frame) ahead() []string {
	if f.Short.Tasks == 0 || f.Proxy {
		return nil
	}
	lack := Short(f.Short.Tokens) + " tokens"
	if f.Short.Cost > 0 {
		lack += ", " + ShortCost(f.Short.Cost)
	}
	at := f.Tasks.Total - f.Short.Tasks
	return []string{"ahead   " + f.warn(fmt.Sprintf("the budget ends at about task %s: %s short, %s", Number(int64(at)), Plural(f.Short.Tasks, "task"), lack))}
}

// stops is why no more tasks are begun.
func (f frame) stops() []string {
	switch f.State {
	case Suspended:
		text := "paused  no more tasks are begun (orchestrate resume goes on)"
		if f.Why != "" {
			text = fmt.Sprintf("paused  by %s: no more tasks are begun (orchestrate resume goes on)", escape.Line(f.Why))
		}
		return []string{f.warn(text)}
	case ForBudget:
		return []string{f.warn("waiting for a raised limit or the next period (orchestrate budget set --now ...)")}
	case Draining:
		text := fmt.Sprintf("ending  waits for %s, begins no more (interrupt again to abort)", Plural(f.Tasks.Running, "task"))
		return []string{f.warn(text)}
	}
	return nil
}

// pauses are those of providers, with their countdown.
func (f frame) pauses() (lines []string) {
	for _, p := range f.Pauses[:min(mostPauses, len(f.Pauses))] {
		wait := max(0, p.Until.Sub(f.now))
		lines = append(lines, f.warn(fmt.Sprintf("paused  %s, asked again in %s (%s)", escape.Line(paused{p.Provider, p.Model}.String()), Span(wait), escape.Line(p.Reason))))
	}
	return lines
}

// causes are why tasks are not done, the most frequent first.
func (f frame) causes() (lines []string) {
	for _, c := range f.Causes[:min(mostCauses, len(f.Causes))] {
		lines = append(lines, f.bad(fmt.Sprintf("%d x %s: %s", c.Tasks, c.Outcome, escape.Line(c.Reason))))
	}
	return lines
}

// active are the tasks that run, under their workers, in at most so many lines: the longest of each.
func (f frame) active(most int) (lines []string) {
	if most <= 0 {
		return nil
	}
	of := make(map[string][]orchestrator.TaskState)
	for _, t := range f.Active {
		of[t.Worker] = append(of[t.Worker], t)
	}
	workers := slices.DeleteFunc(slices.Clone(f.Workers), func(w WorkerState) bool { return w.Running == 0 && w.Tokens == 0 })
	slices.SortStableFunc(workers, func(a, b WorkerState) int { return cmp.Compare(b.Running, a.Running) })
	room := max(0, most-len(workers))
	for i, w := range workers[:min(most, len(workers))] {
		line := fmt.Sprintf("%s  %d running", f.bold(escape.Line(w.Name)), w.Running)
		if w.Tokens > 0 {
			line += f.dim("  " + digits(w.Tokens) + " tokens/s")
		}
		lines = append(lines, line)
		share := room / (len(workers) - i)
		shown := of[w.Name][:min(share, len(of[w.Name]))]
		room -= len(shown)
		for _, t := range shown {
			lines = append(lines, f.taskLine(t))
		}
	}
	return lines
}

func (f frame) taskLine(t orchestrator.TaskState) string {
	since := Span(f.now.Sub(*t.Begun))
	name := max(1, min(60, f.width-2-8))
	return "  " + pad(Middle(escape.Line(t.ID), name), name) + fmt.Sprintf("%8s", since)
}

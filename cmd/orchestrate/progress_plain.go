package main

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// plainProgress writes lines, each with the budget. A provider that stops has a log record. Of a large run it writes about a hundred for the tasks that are done, and
// the first ones that are not.
type plainProgress struct {
	lines
	ended  int
	other  int // not done
	pauses pauses
}

// maxOther is how many tasks that did not get done have a line of their own.
const maxOther = 25

func (p *plainProgress) Begin(o opening) { fmt.Fprint(p, o.text()) }
func (p *plainProgress) End(c closing)   { fmt.Fprint(p, c.text()) }

func (p *plainProgress) Event(e orchestrator.Event) {
	switch e.Kind {
	case orchestrator.Finished:
		p.finished(e)
	case orchestrator.Draining:
		fmt.Fprintf(p, "stopping: %s running to the end, no more are begun (interrupt again to abort)  %s\n",
			plural(e.Progress.Running, "task"), budgetText(e.Progress.Budget))
	case orchestrator.Paused, orchestrator.Reopened:
		if line := p.pauses.line(e); line != "" {
			fmt.Fprintf(p, "%s  %s\n", line, budgetText(e.Progress.Budget))
		}
	}
}

func (p *plainProgress) finished(e orchestrator.Event) {
	p.ended++
	step := max(1, e.Progress.Total/100)
	if e.Result.Outcome != orchestrator.Done {
		p.other++
		if p.other > maxOther {
			return
		}
	} else if p.ended%step != 0 {
		return
	}
	fmt.Fprintf(p, "[%d/%d] %-9s %s%s  %s\n", p.ended+e.Progress.Resumed, e.Progress.Total, e.Result.Outcome, oneLine(e.Task),
		because(e.Result), budgetText(e.Progress.Budget))
}

// because is what a progress line adds to an outcome.
func because(r *orchestrator.Result) string {
	switch {
	case r.Reason != "":
		return " (" + oneLine(r.Reason) + ")"
	case r.Clamped:
		return " (output clamped by the budget)"
	case r.OverLimit:
		return " (over the limit)"
	case r.Cut():
		return " (cut at the cap)"
	}
	return ""
}

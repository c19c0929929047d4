package view

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// A provider that stops has a log record, and no line here.
type plainProgress struct {
	lines
	ended  int
	other  int // not done
	pauses pauses
}

// maxOther is how many tasks that did not get done have a line of their own.
const maxOther = 25

func (p *plainProgress) Begin(o project.Opening) { fmt.Fprint(p, openingText(o)) }
func (p *plainProgress) End(c Closing)           { fmt.Fprint(p, c.text()) }

func (p *plainProgress) Event(e orchestrator.Event) {
	switch e.Kind {
	case orchestrator.Finished:
		p.finished(e)
	case orchestrator.Unfolded:
		fmt.Fprintf(p, "%s: %s\n", escape.Line(e.Task), escape.Line(e.Reason))
	case orchestrator.Waiting:
		fmt.Fprintf(p, "waiting for a raised limit, a reset or the next period: %s\n", escape.Line(e.Reason))
	case orchestrator.Draining:
		fmt.Fprintf(p, "stopping: %s running to the end, no more are begun (interrupt again to abort)  %s\n",
			Plural(e.Progress.Running, "task"), BudgetText(e.Progress.Budget))
	case orchestrator.Paused, orchestrator.Reopened:
		if line := p.pauses.line(e); line != "" {
			fmt.Fprintf(p, "%s  %s\n", line, BudgetText(e.Progress.Budget))
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
	fmt.Fprintf(p, "[%d/%d] %-9s %s%s  %s\n", p.ended+e.Progress.Resumed, e.Progress.Total, e.Result.Outcome, escape.Line(e.Task),
		because(e.Result), BudgetText(e.Progress.Budget))
}

// because is what a progress line adds to an outcome.
func because(r *orchestrator.Result) string {
	switch {
	case r.Reason != "":
		return " (" + escape.Line(r.Reason) + ")"
	case r.Clamped:
		return " (output clamped by the budget)"
	case r.OverLimit:
		return " (over the limit)"
	case r.Cut():
		return " (cut at the cap)"
	}
	return ""
}

package view

import (
	"fmt"
	"io"
	"sync"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Display shows how a run is getting on. Write takes log records, at any time and from any goroutine; the
// other methods are called by one goroutine, Begin first and End last. What cannot be written is lost: a
// display must not stop a run.
type Display interface {
	io.Writer
	Watch(*Observer) // before Begin, if at all
	Begin(project.Opening)
	Event(orchestrator.Event)
	End(Closing)
}

// openingText says what begins, and from where the books go on.
func openingText(o project.Opening) string {
	verb := "run"
	if o.Resumed {
		verb = "resuming run"
	}
	text := fmt.Sprintf("%s %s: %s, configured by %s\n", verb, o.Run, Plural(o.Tasks, "task"), o.Config)
	text += fmt.Sprintf("budget: %s; period %d so far: %s\n", LimitText(o.Total.Limit, o.Mode), o.Period.ID, SpentText(o.Total))
	text += ofRunText(o.OfRun, o.Total)
	if o.Simulated {
		text += "simulated: no model is called, the output is made up\n"
	}
	if n := len(o.Left.Kept); n > 0 {
		text += fmt.Sprintf("%s finished before and not done again\n", Plural(n, "task"))
	}
	return text + leftText(o.Left)
}

// leftText says what is paid again, and what is not although it might have changed; "" if there is neither.
func leftText(left orchestrator.Resumed) (text string) {
	if n := left.Changed + left.MayChange; n > 0 {
		text = fmt.Sprintf("%s changed, at most %s tokens", Plural(n, "task"), Number(left.Most.Tokens))
		if left.MayChange > 0 {
			text += fmt.Sprintf(" (%d of them only if an output in the prompt does)", left.MayChange)
		}
		text += ": asked again (--keep keeps the old results)\n"
	}
	if n := left.ByID; n > 0 {
		text += fmt.Sprintf("warning: %s kept by id, because the books do not say all that was asked\n", Plural(n, "result"))
	}
	return text
}

// ofRunText is what a run spent where that is not what its period did, "" else.
func ofRunText(ofRun, total budget.Status) string {
	if ofRun.Settled == total.Settled || ofRun.Settled.IsZero() {
		return ""
	}
	return "this run: " + SpentText(ofRun) + "\n"
}

// Closing is what there is to say when a run has ended.
type Closing struct {
	project.Ended
	Resume string   // the command that goes on, "" if nothing is left
	Mend   []string // what to look at before that
}

func (c Closing) text() string {
	text := summaryText(c.Summary, c.Total) + "\n" + ofRunText(c.OfRun, c.Total) + causesText(c.Summary.Causes)
	for _, line := range c.Mend {
		text += line + "\n"
	}
	if c.Resume != "" {
		text += "to go on with what is left: " + c.Resume + "\n"
	}
	return text
}

// Plain writes lines to w, each with the budget: about a hundred for the tasks that are done, and the first ones that
// are not.
func Plain(w io.Writer) Display { return &plainProgress{lines: lines{w: w}} }

// JSONLines writes an object a line to w: "begun", the events of the run, "ended". Log records come between them as they
// are written, so a reader of events skips lines without "event".
func JSONLines(w io.Writer) Display { return &jsonProgress{lines{w: w}} }

// Silent writes nothing to w but log records and what a run pays again.
func Silent(w io.Writer) Display { return silent{w} }

type silent struct{ io.Writer }

func (s silent) Begin(o project.Opening) { fmt.Fprint(s, leftText(o.Left)) }
func (silent) Watch(*Observer)           {}
func (silent) Event(orchestrator.Event)  {}
func (silent) End(Closing)               {}

// lines writes whole lines from many goroutines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

// Watch has no use for moments: what is told in lines is told by events.
func (*lines) Watch(*Observer) {}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

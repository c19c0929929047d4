package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/term"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// display shows how a run is getting on. Write takes log records, at any time and from any goroutine; the
// other methods are called by one goroutine, Begin first and End last. What cannot be written is lost: a
// display must not stop a run.
type display interface {
	io.Writer
	Begin(opening)
	Event(orchestrator.Event)
	End(closing)
}

// opening is what there is to say when a run begins.
type opening struct {
	run       string
	tasks     int
	resumed   bool // the run goes on
	left      orchestrator.Resumed
	config    string
	mode      budget.Mode
	period    int64
	total     budget.Status
	ofRun     budget.Status
	simulated bool

	now func() budget.Status // the total scope, whenever it is asked for
}

// text says what begins, and from where the books go on.
func (o opening) text() string {
	verb := "run"
	if o.resumed {
		verb = "resuming run"
	}
	text := fmt.Sprintf("%s %s: %s, configured by %s\n", verb, o.run, plural(o.tasks, "task"), o.config)
	text += fmt.Sprintf("budget: %s; period %d so far: %s\n", limitText(o.total.Limit, o.mode), o.period, spentText(o.total))
	text += ofRunText(o.ofRun, o.total)
	if o.simulated {
		text += "simulated: no model is called, the output is made up\n"
	}
	if n := len(o.left.Kept); n > 0 {
		text += fmt.Sprintf("%s finished before and not done again\n", plural(n, "task"))
	}
	return text + o.leftText()
}

// leftText says what is paid again, and what is not although it might have changed; "" if there is neither.
func (o opening) leftText() (text string) {
	if n := o.left.Changed + o.left.MayChange; n > 0 {
		text = fmt.Sprintf("%s changed, at most %s tokens", plural(n, "task"), count(o.left.Most.Tokens))
		if o.left.MayChange > 0 {
			text += fmt.Sprintf(" (%d of them only if an output in the prompt does)", o.left.MayChange)
		}
		text += ": asked again (--keep keeps the old results)\n"
	}
	if n := o.left.ByID; n > 0 {
		text += fmt.Sprintf("warning: %s kept by id, because the books do not say all that was asked\n", plural(n, "result"))
	}
	return text
}

// ofRunText is what a run spent where that is not what its period did, "" else.
func ofRunText(ofRun, total budget.Status) string {
	if ofRun.Settled == total.Settled || ofRun.Settled.IsZero() {
		return ""
	}
	return "this run: " + spentText(ofRun) + "\n"
}

// closing is what there is to say when a run has ended.
type closing struct {
	summary orchestrator.Summary
	total   budget.Status
	ofRun   budget.Status
	resume  string   // the command that goes on, "" if nothing is left
	mend    []string // what to look at before that
}

func (c closing) text() string {
	text := summaryText(c.summary, c.total) + "\n" + ofRunText(c.ofRun, c.total) + causesText(c.summary.Causes)
	for _, line := range c.mend {
		text += line + "\n"
	}
	if c.resume != "" {
		text += "to go on with what is left: " + c.resume + "\n"
	}
	return text
}

var progressModes = []string{"auto", "live", "plain", "json", "off"}

func checkProgress(mode string) error {
	if slices.Contains(progressModes, mode) {
		return nil
	}
	return usage(fmt.Errorf("--progress %q is none of %s", mode, strings.Join(progressModes, ", ")))
}

// newProgress returns the display for a mode. Live needs a terminal and is plain without one: the library
// behind it would write escapes to pipes, too, so the gate is here.
func newProgress(mode string, w io.Writer) display {
	var file *os.File
	if e, ok := w.(*escaper); ok {
		file, _ = e.w.(*os.File)
	}
	terminal := file != nil && term.IsTerminal(int(file.Fd()))
	switch {
	case mode == "json":
		return &jsonProgress{lines: lines{w: w}}
	case mode == "off":
		return silent{w}
	case mode == "live" && terminal, mode == "auto" && terminal && redraws():
		return newLive(w, file)
	}
	return &plainProgress{lines: lines{w: w}}
}

// redraws reports whether a terminal is one that people look at and that can draw a line again.
func redraws() bool { return os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "" }

// silent shows nothing but log records and what a run pays again.
type silent struct{ io.Writer }

func (s silent) Begin(o opening)        { fmt.Fprint(s, o.leftText()) }
func (silent) Event(orchestrator.Event) {}
func (silent) End(closing)              {}

// lines writes whole lines from many goroutines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

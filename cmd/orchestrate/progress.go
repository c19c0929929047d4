package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// display shows how a run is getting on. Event is called by one goroutine; Write, which takes log records,
// by any.
type display interface {
	io.Writer
	Start()
	Event(orchestrator.Event)
	Stop()
}

var progressModes = []string{"auto", "live", "plain", "json", "off"}

func checkProgress(mode string) error {
	if slices.Contains(progressModes, mode) {
		return nil
	}
	return usage(fmt.Errorf("--progress %q is none of %s", mode, strings.Join(progressModes, ", ")))
}

// newProgress returns the display for a mode. Live needs a terminal: the library behind it would write
// escapes to pipes and dumb terminals too, so the gate is here.
func newProgress(mode string, w io.Writer) display {
	if mode == "auto" {
		mode = "plain"
		if isTerminal(w) {
			mode = "live"
		}
	}
	switch mode {
	case "live":
		return newLive(w)
	case "json":
		return &jsonProgress{w: w}
	case "off":
		return silent{w}
	}
	return &plainProgress{w: w}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == ""
}

// silent shows nothing but log records.
type silent struct{ io.Writer }

func (silent) Start()                   {}
func (silent) Event(orchestrator.Event) {}
func (silent) Stop()                    {}

// plainProgress writes lines. Of a large run it writes about a hundred for the tasks that are done, and
// the first ones that are not.
type plainProgress struct {
	mu    sync.Mutex
	w     io.Writer
	ended int
	other int // not done
}

// maxOther is how many tasks that did not get done have a line of their own.
const maxOther = 25

func (p *plainProgress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.Write(b)
}

func (p *plainProgress) Start() {}
func (p *plainProgress) Stop()  {}

func (p *plainProgress) Event(e orchestrator.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case orchestrator.Finished:
		p.finished(e)
	case orchestrator.Halted:
		fmt.Fprintf(p.w, "worker %s stopped: %s\n", e.Worker, e.Reason)
	case orchestrator.Draining:
		fmt.Fprintf(p.w, "stopping: %s running to the end, no more are begun (interrupt again to abort)  %s\n",
			plural(e.Progress.Running, "task"), budgetText(e.Progress.Budget))
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
	fmt.Fprintf(p.w, "[%d/%d] %-9s %s%s  %s\n", p.ended+e.Progress.Resumed, e.Progress.Total, e.Result.Outcome, e.Task,
		because(e.Result), budgetText(e.Progress.Budget))
}

// because is what a progress line adds to an outcome.
func because(r *orchestrator.Result) string {
	switch {
	case r.Reason != "":
		return " (" + r.Reason + ")"
	case r.Clamped:
		return " (output clamped by the budget)"
	case r.OverLimit:
		return " (over the limit)"
	}
	return ""
}

// jsonProgress writes an object a line.
type jsonProgress struct {
	mu sync.Mutex
	w  io.Writer
}

func (p *jsonProgress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.Write(b)
}

func (p *jsonProgress) Start() {}
func (p *jsonProgress) Stop()  {}

func (p *jsonProgress) Event(e orchestrator.Event) {
	line, err := json.Marshal(struct {
		Schema  int                          `json:"schema_version"`
		Event   orchestrator.EventKind       `json:"event"`
		Time    time.Time                    `json:"time"`
		Task    string                       `json:"task,omitempty"`
		Worker  string                       `json:"worker,omitempty"`
		Outcome orchestrator.Outcome         `json:"outcome,omitempty"`
		Reason  string                       `json:"reason,omitempty"`
		Total   int                          `json:"total"`
		Running int                          `json:"running"`
		Waiting int                          `json:"waiting"`
		Ended   map[orchestrator.Outcome]int `json:"ended"`
		Budget  scopeJSON                    `json:"budget"`
	}{
		schemaVersion, e.Kind, time.Now().UTC(), e.Task, e.Worker, outcomeOf(e), e.Reason,
		e.Progress.Total, e.Progress.Running, e.Progress.Waiting, e.Progress.Counts, scopeOf(e.Progress.Budget),
	})
	if err == nil {
		_, _ = p.Write(append(line, '\n')) // a display that cannot be written must not stop the run
	}
}

func outcomeOf(e orchestrator.Event) orchestrator.Outcome {
	if e.Result == nil {
		return ""
	}
	return e.Result.Outcome
}

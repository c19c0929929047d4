package view

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

type jsonProgress struct{ lines }

// progressJSON is one line. Every one carries the budget.
type progressJSON struct {
	Schema  int                          `json:"schema_version"`
	Event   orchestrator.EventKind       `json:"event"`
	Time    time.Time                    `json:"time"`
	Run     string                       `json:"run,omitempty"`
	Task    string                       `json:"task,omitempty"`
	Worker  string                       `json:"worker,omitempty"`
	Outcome orchestrator.Outcome         `json:"outcome,omitempty"`
	Reason  string                       `json:"reason,omitempty"`
	Total   int                          `json:"total"`   // tasks
	Resumed int                          `json:"resumed"` // of them, finished before
	Running int                          `json:"running"`
	Waiting int                          `json:"waiting"`
	Ended   map[orchestrator.Outcome]int `json:"ended"`
	Cut     int                          `json:"cut"` // of those done, answers that the output cap cut

	Simulated bool `json:"simulated,omitempty"`

	// Of "begun", where a run goes on:
	Changed     int   `json:"changed,omitempty"`      // tasks that ask something else now, and are asked again
	MayChange   int   `json:"may_change,omitempty"`   // tasks that are if an output in their prompt changes
	ChangedMost int64 `json:"changed_most,omitempty"` // tokens, what they can take
	ByID        int   `json:"kept_by_id,omitempty"`   // results of which the books do not say all that was asked

	// Of "paused" and "reopened":
	Provider string     `json:"provider,omitempty"`
	Model    string     `json:"model,omitempty"` // "" for all of the provider's
	Until    *time.Time `json:"until,omitempty"` // when it is asked again

	// Of "ended":
	Interrupted bool                 `json:"interrupted,omitempty"`
	Unavailable []string             `json:"unavailable,omitempty"`    // providers that took no calls
	NoModel     []string             `json:"no_model,omitempty"`       // workers whose model is not there
	Causes      []orchestrator.Cause `json:"causes,omitempty"`         // why tasks are not done, the most frequent first
	Resume      string               `json:"resume_command,omitempty"` // how to go on with what is left

	Budget Scope  `json:"budget"`
	OfRun  *Scope `json:"run_budget,omitempty"` // what the run spent, whatever the period; of "begun" and "ended"
}

// The events that frame those of the orchestrator.
const (
	begun orchestrator.EventKind = "begun"
	ended orchestrator.EventKind = "ended"
)

func (p *jsonProgress) Begin(o project.Opening) {
	ofRun := ScopeOf(o.OfRun)
	p.line(progressJSON{
		Event: begun, Run: o.Run, Total: o.Tasks, Resumed: len(o.Left.Kept), Waiting: o.Tasks - len(o.Left.Kept),
		Changed: o.Left.Changed, MayChange: o.Left.MayChange, ChangedMost: o.Left.Most.Tokens, ByID: o.Left.ByID,
		Simulated: o.Simulated, Budget: ScopeOf(o.Total), OfRun: &ofRun,
	})
}

func (p *jsonProgress) Event(e orchestrator.Event) { p.line(eventOf(e)) }

// EventJSON is an event as an object of one line, without its end.
func EventJSON(e orchestrator.Event) []byte {
	return bytes.TrimSuffix(eventOf(e).encode(time.Now()), []byte("\n"))
}

func eventOf(e orchestrator.Event) progressJSON {
	line := progressJSON{
		Event: e.Kind, Task: e.Task, Worker: e.Worker, Reason: e.Reason, Total: e.Progress.Total, Resumed: e.Progress.Resumed,
		Running: e.Progress.Running, Waiting: e.Progress.Waiting, Ended: e.Progress.Counts, Cut: e.Progress.Cut, Budget: ScopeOf(e.Progress.Budget),
	}
	if e.Result != nil {
		line.Outcome = e.Result.Outcome
	}
	if pause := e.Pause; pause != nil {
		line.Provider, line.Model = pause.Provider, pause.Model
		if e.Kind == orchestrator.Paused {
			line.Until = &pause.Until
		}
	}
	return line
}

func (p *jsonProgress) End(c Closing) {
	s, ofRun := c.Summary, ScopeOf(c.OfRun)
	p.line(progressJSON{
		Event: ended, Run: s.Run, Total: s.Total, Resumed: s.Resumed, Ended: s.Counts, Cut: s.Cut,
		Interrupted: s.Interrupted, Unavailable: s.Unavailable, NoModel: s.NoModel, Causes: s.Causes, Resume: c.Resume, Budget: ScopeOf(c.Total), OfRun: &ofRun,
	})
}

func (p *jsonProgress) line(j progressJSON) {
	_, _ = p.Write(j.encode(time.Now()))
}

// encode is the line at an instant, whatever the clock says.
func (j progressJSON) encode(now time.Time) []byte {
	j.Schema, j.Time = SchemaVersion, orchestrator.WithinJSON(now.UTC())
	if j.Ended == nil {
		j.Ended = map[orchestrator.Outcome]int{}
	}
	line, err := json.Marshal(j)
	if err != nil {
		panic(err) // plain values
	}
	return append(line, '\n')
}

package orchestrator

import (
	"maps"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// EventKind says what happened in a run.
type EventKind string

// The kinds of events.
const (
	Started  EventKind = "started"  // a task began
	Finished EventKind = "finished" // a task has its result
	Halted   EventKind = "halted"   // a worker's provider takes no calls
	Draining EventKind = "draining" // no more tasks are begun
)

// Event is something that a progress display shows, with the state of the run at that moment.
type Event struct {
	Kind   EventKind
	Task   string
	Worker string
	Reason string
	Result *Result // of a Finished event

	Progress Progress
}

// Progress is the state of a run.
type Progress struct {
	Total   int
	Counts  map[Outcome]int
	Cut     int // of those done, answers that the output cap cut
	Running int
	Waiting int            // not begun
	Workers map[string]int // tasks running at each worker
	Budget  budget.Status  // of the total scope
	Started time.Time
	Resumed int
}

func (r *run) emit(e Event) {
	if r.OnEvent == nil {
		return
	}
	e.Progress = Progress{
		Total: len(r.nodes), Counts: maps.Clone(r.counts), Cut: r.cut, Running: r.running, Workers: make(map[string]int, len(r.crews)),
		Budget: r.Manager.Total(), Started: r.started, Resumed: r.resumed,
	}
	e.Progress.Waiting = len(r.nodes) - r.resumed - r.running
	for _, count := range r.counts {
		e.Progress.Waiting -= count
	}
	for _, c := range r.crews {
		e.Progress.Workers[c.Name] = c.running
	}
	r.OnEvent(e)
}

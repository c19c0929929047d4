package orchestrator

import (
	"maps"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// EventKind says what happened in a run.
type EventKind string

// The kinds of events.
const (
	Started  EventKind = "started"  // a task began
	Finished EventKind = "finished" // a task has its result
	Halted   EventKind = "halted"   // a worker's provider takes none of its calls
	Paused   EventKind = "paused"   // a provider, or a model of it, is left alone for a while, or for longer than before
	Reopened EventKind = "reopened" // it takes calls again
	Draining EventKind = "draining" // no more tasks are begun
	Unfolded EventKind = "unfolded" // a task gave its place to those that it stands for
	Waiting  EventKind = "waiting"  // what is left waits for a raised limit, a reset or the next period

	Suspended EventKind = "suspended" // no more tasks are begun until the run is told to go on
	Continued EventKind = "continued" // it goes on
)

// Event is something that a progress display shows, with the state of the run at that moment.
type Event struct {
	Kind   EventKind
	Task   string
	Worker string
	Reason string
	Result *Result     // of a Finished event
	Pause  *wire.Pause // of a Paused or Reopened event

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
	Paused  []wire.Pause // providers, or models of them, that are left alone

	Suspended bool   // somebody holds the run: no more tasks are begun
	Why       string // that is, and who it was
	Attempts  int    // requests on the wire of the tasks that have ended
	ForBudget bool   // nothing is left to do but to wait for more budget
	Draining  bool   // it is to stop: no more tasks are begun, those that run go on to their end
}

func (r *run) emit(e Event) {
	if r.OnEvent == nil {
		return
	}
	e.Progress = r.progress()
	r.OnEvent(e)
}

func (r *run) progress() Progress {
	p := Progress{
		Total: len(r.nodes), Counts: maps.Clone(r.counts), Cut: r.cut, Running: r.running, Workers: make(map[string]int, len(r.crews)),
		Budget: r.Manager.Total(), Started: r.started, Resumed: r.resumed,
		Paused: r.paused, Suspended: r.suspended, Why: r.why, Attempts: r.attempts, ForBudget: r.waiting, Draining: r.draining,
	}
	p.Waiting = len(r.nodes) - r.resumed - r.running
	for _, count := range r.counts {
		p.Waiting -= count
	}
	for _, c := range r.crews {
		p.Workers[c.Name] = c.running
	}
	return p
}

// heedGates emits what has changed at the gates since it was last called, and returns a channel that is closed
// with the next change. Once the run is to stop nobody waits at one.
func (r *run) heedGates() <-chan struct{} {
	if r.Gates == nil {
		return nil
	}
	if r.draining {
		r.Gates.Stop()
	}
	before := r.paused
	now, changed := r.Gates.Paused()
	r.paused = now
	for _, p := range before {
		if !slices.ContainsFunc(now, func(other wire.Pause) bool { return p.Provider == other.Provider && p.Model == other.Model }) {
			r.emit(Event{Kind: Reopened, Reason: p.Reason, Pause: &p})
		}
	}
	for _, p := range now {
		if !slices.ContainsFunc(before, func(other wire.Pause) bool { return p.Provider == other.Provider && p.Model == other.Model }) {
			r.slow(p)
		}
		if !slices.Contains(before, p) {
			r.emit(Event{Kind: Paused, Reason: p.Reason, Pause: &p})
		}
	}
	return changed
}

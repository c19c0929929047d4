package view

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Moment is a run, or a proxy, at one: what is drawn while it goes on, and GET /api/v1/status.
type Moment struct {
	Schema  int           `json:"schema_version"`
	Time    time.Time     `json:"time"`
	Run     string        `json:"run"`
	State   State         `json:"state"`
	Proxy   bool          `json:"proxy,omitempty"` // it has no tasks, but clients
	Tally   project.Tally `json:"tally"`           // what was written into the books
	Why     string        `json:"why,omitempty"`   // it is paused, and who did it
	Started time.Time     `json:"started"`

	Tasks   TaskCounts               `json:"tasks"`
	Active  []orchestrator.TaskState `json:"active"` // the tasks that run, the oldest first
	Workers []WorkerState            `json:"workers"`
	Rates   Rates                    `json:"rates"`
	Pauses  []Pause                  `json:"pauses"` // of providers
	Causes  []orchestrator.Cause     `json:"causes"` // why tasks are not done, the most frequent first

	// Of the tasks that have not begun, those that the budget is expected to pay for, and those that it is not.
	Planned Ahead `json:"planned"`
	Short   Ahead `json:"short"`

	Mode   budget.Mode   `json:"mode"`
	Period budget.Period `json:"period"`
	Scopes []Scope       `json:"scopes"` // all but those of tasks
}

// State says what a run is doing as a whole.
type State string

// The states of a run.
const (
	GoesOn    State = "running"
	Suspended State = "paused"   // by somebody: no more tasks are begun, or calls of clients taken
	ForBudget State = "waiting"  // nothing is left to do but to wait for more budget
	Draining  State = "draining" // no more tasks are begun, and it ends
	Serving   State = "serving"  // it is a proxy, and has no tasks
)

// TaskCounts are the tasks of a run by state.
type TaskCounts struct {
	Total   int                          `json:"total"`
	Resumed int                          `json:"resumed"` // of them, finished before
	Waiting int                          `json:"waiting"` // not begun
	Running int                          `json:"running"`
	Ended   map[orchestrator.Outcome]int `json:"ended"`
	Cut     int                          `json:"cut"`         // of those done, answers that the output cap cut
	Extra   int                          `json:"extra_calls"` // requests on the wire beyond one a task that has ended: repeated ones, and further calls
}

// WorkerState is how much a worker does.
type WorkerState struct {
	Name    string  `json:"name"`
	Running int     `json:"running"`
	Tokens  float64 `json:"tokens_per_second"` // settled, over the last minute
}

// Ahead are tasks that have not begun, with what they are expected to be charged. The cost of tasks without a price counts
// as zero.
type Ahead struct {
	Tasks  int               `json:"tasks"`
	Tokens int64             `json:"tokens"`
	Cost   orchestrator.Cost `json:"cost_nano_usd"`
}

// Pause is a provider, or a model of it, that is left alone.
type Pause struct {
	Provider string    `json:"provider"`
	Model    string    `json:"model,omitempty"` // "" for all of the provider's
	Until    time.Time `json:"until"`           // when it is asked again
	Reason   string    `json:"reason"`
}

// Observer takes moments of a run. It is safe for concurrent use.
type Observer struct {
	running *project.Running
	pace    pace
}

// Observe returns an observer of r.
func Observe(r *project.Running) *Observer { return &Observer{running: r} }

// Moment is how the run stands now.
func (o *Observer) Moment(ctx context.Context) (Moment, error) {
	r := o.running
	is, err := r.Moment(ctx)
	if err != nil {
		return Moment{}, err
	}
	status, now := r.Status(), time.Now()
	m := Moment{
		Schema: SchemaVersion, Time: now.UTC(), Run: r.Run, State: stateOf(r, is.Progress), Why: is.Why, Started: is.Started.UTC(), Proxy: r.Serves(), Tally: r.Tally(),
		Tasks: TaskCounts{
			Total: is.Total, Resumed: is.Resumed, Waiting: is.Waiting, Running: is.Running, Ended: maps.Clone(is.Counts), Cut: is.Cut,
		},
		Active: orEmpty(is.Tasks), Causes: orEmpty(is.Causes), Pauses: []Pause{},
		Planned: Ahead{is.Planned, is.Rest.Tokens, is.Rest.Cost}, Short: Ahead{is.Short, is.Lacking.Tokens, is.Lacking.Cost},
		Mode: status.Mode, Period: status.Period, Scopes: make([]Scope, 0, len(status.Scopes)),
	}
	if m.Tasks.Ended == nil {
		m.Tasks.Ended = map[orchestrator.Outcome]int{}
	}
	for _, p := range is.Paused {
		m.Pauses = append(m.Pauses, Pause{p.Provider, p.Model, p.Until.UTC(), p.Reason})
	}
	for _, s := range status.Scopes {
		m.Scopes = append(m.Scopes, ScopeOf(s))
	}
	m.Tasks.Extra = max(0, is.Attempts-m.Tasks.ended())
	at := sample{at: now, tasks: m.Tasks.ended(), spent: m.total().status.Settled, workers: make(map[string]int64)}
	for _, s := range m.Scopes {
		if s.Scope.Kind == budget.KindWorker && s.Run == r.Run {
			at.workers[s.Scope.Name] = s.Settled
		}
	}
	var tokens map[string]float64
	m.Rates, tokens = o.pace.at(at, is.Started)
	for _, name := range slices.Sorted(maps.Keys(is.Workers)) {
		m.Workers = append(m.Workers, WorkerState{name, is.Workers[name], tokens[name]})
	}
	m.Workers = orEmpty(m.Workers)
	return m, nil
}

func stateOf(r *project.Running, p orchestrator.Progress) State {
	switch {
	case p.Draining:
		return Draining
	case p.Suspended:
		return Suspended
	case r.Serves():
		return Serving
	case p.ForBudget:
		return ForBudget
	}
	return GoesOn
}

// ended is how many tasks have, in this part of the run.
func (c TaskCounts) ended() (n int) {
	for _, of := range c.Ended {
		n += of
	}
	return n
}

// total is the scope of all.
func (m Moment) total() Scope {
	for _, s := range m.Scopes {
		if s.Scope == budget.Total {
			return s
		}
	}
	return Scope{Scope: budget.Total}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Package control lets others see how a run or a proxy is getting on, and change its mind: the process that owns the books
// serves one API, on a socket beside them, and a client in another process of the same user asks it.
//
//	GET  /api/v1/status                           a view.Moment
//	GET  /api/v1/tasks?status=&offset=&limit=     Tasks
//	GET  /api/v1/events?only=                     server-sent: "status" twice a second and, without only=status, the run's events as they come
//	POST /api/v1/pause, /api/v1/resume            a project.Who
//	POST /api/v1/limits                           LimitsWanted; answers Limits
//
// What cannot be done is {"error": "..."} with a status of 4xx or 5xx. Every object carries a schema_version.
package control

import (
	"errors"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// ErrNone says that no process that could be asked has the books.
var ErrNone = errors.New("no run is going")

// Tasks are some of the tasks of a run, in the order of the task file.
type Tasks struct {
	Schema int                      `json:"schema_version"`
	Total  int                      `json:"total"` // that have the status that was asked for
	Offset int                      `json:"offset"`
	Tasks  []orchestrator.TaskState `json:"tasks"`
}

// LimitsWanted asks for other limits: keys of [budget], as orchestrate budget set takes them, and their values.
type LimitsWanted struct {
	Set map[string]string `json:"set"`
	project.Who
}

// Limits is what a change of limits came to.
type Limits struct {
	Schema     int      `json:"schema_version"`
	Changes    []Change `json:"changes"`
	Debts      []Debt   `json:"debts"`                 // what stands above the new limits
	NotWritten string   `json:"not_written,omitempty"` // why the configuration's file does not say so
}

// Change is one key. A value is as the file writes it, "" for none.
type Change struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Debt is what stands on a scope above its limit, because that was lowered.
type Debt struct {
	Scope  string            `json:"scope"`
	Run    string            `json:"run,omitempty"`
	Tokens int64             `json:"tokens"`
	Cost   orchestrator.Cost `json:"cost_nano_usd"`
}

func limitsOf(set project.LimitsSet) Limits {
	l := Limits{Schema: view.SchemaVersion, Changes: []Change{}, Debts: []Debt{}}
	for _, c := range set.Changes {
		l.Changes = append(l.Changes, Change{c.Key, c.Before, c.After})
	}
	for _, e := range set.Debts {
		l.Debts = append(l.Debts, Debt{e.Of.Scope.String(), e.Of.Run, e.Debt.Tokens, e.Debt.Cost})
	}
	if set.NotWritten != nil {
		l.NotWritten = set.NotWritten.Error()
	}
	return l
}

package view

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Runs are the runs in the books, the newest first.
type Runs struct {
	Schema int   `json:"schema_version"`
	Runs   []Run `json:"runs"`

	zone *time.Location
}

// Run is one of them.
type Run struct {
	ID        string                       `json:"run"`
	State     project.RunState             `json:"state"`
	TaskFile  string                       `json:"task_file,omitempty"`
	Started   time.Time                    `json:"started"`
	Ended     time.Time                    `json:"ended,omitzero"`
	Outcomes  map[orchestrator.Outcome]int `json:"outcomes"`
	Tokens    int64                        `json:"tokens"`
	Cost      *budget.NanoUSD              `json:"cost_nano_usd"` // null: none of it has a price
	Unpriced  int64                        `json:"unpriced_tokens,omitempty"`
	Simulated bool                         `json:"simulated,omitempty"`
}

// NewRuns is what the books say of runs.
func NewRuns(p *project.Project, list []project.RunOf) Runs {
	runs := Runs{Schema: SchemaVersion, Runs: []Run{}, zone: p.Config.Budget.TimeZone}
	for _, r := range list {
		line := lineOf(r.Spent)
		runs.Runs = append(runs.Runs, Run{
			ID: r.ID, State: r.State, TaskFile: r.TaskFile, Started: r.Started, Ended: r.Ended, Outcomes: r.Outcomes,
			Tokens: line.Tokens, Cost: line.Cost, Unpriced: line.Unpriced, Simulated: r.Simulated,
		})
	}
	return runs
}

// Text is a table of at most 80 columns, but for long task counts.
func (r Runs) Text() string {
	if len(r.Runs) == 0 {
		return "no runs\n"
	}
	var rows [][]string
	for _, one := range r.Runs {
		cost := "unknown"
		if one.Cost != nil {
			cost = ShortCost(*one.Cost)
		}
		file := Middle(filepath.Base(one.TaskFile), 14)
		if one.TaskFile == "" {
			file = ""
		}
		rows = append(rows, []string{one.ID, string(one.State), file, outcomesText(one.Outcomes), Short(one.Tokens), cost})
	}
	return Table([]string{"run", "state", "tasks of", "ended", "tokens", "cost"}, rows)
}

// outcomesText is how tasks ended: "12 done, 3 failed".
func outcomesText(of map[orchestrator.Outcome]int) string {
	var parts []string
	for _, o := range orchestrator.Outcomes {
		if n := of[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", Number(int64(n)), o))
		}
	}
	return strings.Join(parts, ", ")
}

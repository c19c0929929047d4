package view

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Plans compares plans of the same tasks under other limits of the total.
type Plans struct {
	Schema int         `json:"schema_version"`
	Plans  []PlanUnder `json:"plans"`
}

// PlanUnder is what a limit buys.
type PlanUnder struct {
	Limit  budget.Limit         `json:"limit"`  // of the total
	Totals map[string]PlanTotal `json:"totals"` // by verdict
	Worth  float64              `json:"worth"`  // of what would run, as a share of that of all tasks that are not finished
}

// NewPlans sums up what was planned in a project under each of limits.
func NewPlans(of *project.Project, limits []budget.Limit, planned []project.Plan) Plans {
	p := Plans{Schema: SchemaVersion}
	for i, plan := range planned {
		p.Plans = append(p.Plans, PlanUnder{limits[i], NewPlan(of, plan).Totals, worthOf(plan.Tasks)})
	}
	return p
}

// worthOf is the share of worth that would run.
func worthOf(tasks []orchestrator.Planned) float64 {
	var run, all float64
	for _, t := range tasks {
		if t.Forecast == orchestrator.Already {
			continue
		}
		all += t.Worth
		if t.Forecast == orchestrator.WillRun {
			run += t.Worth
		}
	}
	if all == 0 {
		return 1
	}
	return run / all
}

// Text is a line for each limit.
func (p Plans) Text(f Fit) string {
	var rows [][]string
	for _, one := range p.Plans {
		of := func(v orchestrator.Forecast) PlanTotal { return one.Totals[string(v)] }
		will := of(orchestrator.WillRun)
		later := of(orchestrator.MayDefer).Tasks + of(orchestrator.Unplanned).Tasks
		never := of(orchestrator.NeverFits).Tasks + of(orchestrator.Impossible).Tasks
		expected, most := will.ExpectedCost.String(), will.Cost.String()
		if will.Unpriced > 0 {
			expected, most = "unknown", "unknown"
		}
		rows = append(rows, []string{
			limitWords(one.Limit), Number(int64(will.Tasks)), Number(int64(later)), Number(int64(never)), fmt.Sprintf("%.0f%%", 100*one.Worth),
			Number(will.Expected), Number(will.Tokens), expected, most,
		})
	}
	return f.table([]string{"with a total of", "run", "defer", "never", "worth", "expected", "at most", "cost", "cost at most"}, rows,
		"cost", "never", "expected", "worth")
}

// limitWords is a limit of one kind or the other.
func limitWords(l budget.Limit) string {
	switch {
	case l.Tokens != nil:
		return Number(*l.Tokens) + " tokens"
	case l.Cost != nil:
		return l.Cost.String()
	}
	return "what is configured"
}

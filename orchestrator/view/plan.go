package view

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Plan is what would become of tasks, in the order in which they would begin.
type Plan struct {
	Schema int                    `json:"schema_version"`
	Tasks  []orchestrator.Planned `json:"tasks"`
	Totals map[string]PlanTotal   `json:"totals"` // by verdict
	Budget Scope                  `json:"budget"` // the total scope before it

	// What is said to people alone.
	config string
	before budget.Status
}

// PlanTotal sums the tasks of one verdict.
type PlanTotal struct {
	Tasks    int               `json:"tasks"`
	Tokens   int64             `json:"tokens"`
	Cost     orchestrator.Cost `json:"cost_nano_usd"` // of those that have a price
	Unpriced int               `json:"unpriced_tasks"`
}

// NewPlan sums up what was planned in a project.
func NewPlan(of *project.Project, planned project.Plan) Plan {
	p := Plan{
		Schema: SchemaVersion, Tasks: planned.Tasks, Totals: make(map[string]PlanTotal), Budget: ScopeOf(planned.Before),
		config: of.Path, before: planned.Before,
	}
	for _, t := range p.Tasks {
		sum := p.Totals[string(t.Forecast)]
		sum.Tasks++
		sum.Tokens += t.Tokens
		if t.Cost != nil {
			sum.Cost += *t.Cost
		} else {
			sum.Unpriced++
		}
		p.Totals[string(t.Forecast)] = sum
	}
	return p
}

// Text is the plan for people: a task a line, and what they come to.
func (p Plan) Text() string {
	rows := make([][]string, 0, len(p.Tasks))
	for i, t := range p.Tasks {
		cost := "unknown"
		if t.Cost != nil {
			cost = t.Cost.String()
		} else if t.Forecast != orchestrator.WillRun {
			cost = ""
		}
		rows = append(rows, []string{
			fmt.Sprint(i + 1), t.ID, string(t.Forecast), fmt.Sprint(t.Priority), t.Worker, t.Model,
			Number(t.Input), Number(t.Output), Number(t.Tokens), cost, t.Reason,
		})
	}
	text := Table([]string{"#", "task", "verdict", "priority", "worker", "model", "input", "output cap", "tokens at most", "cost at most", "why"}, rows)
	for _, v := range []orchestrator.Forecast{
		orchestrator.Already,
		orchestrator.WillRun, orchestrator.MayDefer, orchestrator.NeverFits, orchestrator.Impossible, orchestrator.Unplanned,
	} {
		if sum, ok := p.Totals[string(v)]; ok {
			text += fmt.Sprintf("%-8s %s%s\n", v, Plural(sum.Tasks, "task"), sum.most(v))
		}
	}
	return text + fmt.Sprintf("budget now: %s (%s)\n", BudgetText(p.before), p.config)
}

// most is what the tasks of a verdict can use: nothing where they are finished, money only where they would run.
func (t PlanTotal) most(v orchestrator.Forecast) string {
	if v == orchestrator.Already {
		return ""
	}
	text := fmt.Sprintf(", at most %s tokens", Number(t.Tokens))
	switch {
	case v != orchestrator.WillRun:
	case t.Unpriced == 0:
		text += ", " + t.Cost.String()
	case t.Unpriced == t.Tasks:
		text += ", cost unknown: no price under [prices]"
	default:
		text += fmt.Sprintf(", %v and an unknown cost of %s: no price under [prices]", t.Cost, Plural(t.Unpriced, "task"))
	}
	return text
}

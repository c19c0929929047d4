package view

import (
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/worker"
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
	Tasks        int               `json:"tasks"`
	Tokens       int64             `json:"tokens"` // at most
	Expected     int64             `json:"expected"`
	Cost         orchestrator.Cost `json:"cost_nano_usd"` // at most, of those that have a price
	ExpectedCost orchestrator.Cost `json:"expected_cost_nano_usd"`
	Unpriced     int               `json:"unpriced_tasks"`
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
		sum.Tokens, sum.Expected = sum.Tokens+t.Tokens, sum.Expected+t.Expected
		if t.Cost != nil {
			sum.Cost += *t.Cost
			if t.ExpectedCost != nil {
				sum.ExpectedCost += *t.ExpectedCost
			}
		} else {
			sum.Unpriced++
		}
		p.Totals[string(t.Forecast)] = sum
	}
	return p
}

// planRows is how many tasks a plan shows unless all are asked for.
const planRows = 10

// Text is the plan for people: what it comes to, and the first tasks, or all of them, in the order in which they would
// begin.
func (p Plan) Text(f Fit, all bool) string {
	text := p.sums()
	shown := p.Tasks
	if !all {
		shown = slices.DeleteFunc(slices.Clone(shown), func(t orchestrator.Planned) bool { return t.Forecast == orchestrator.Already })
		shown = shown[:min(planRows, len(shown))]
	}
	rows := make([][]string, 0, len(shown))
	for i, t := range shown {
		rows = append(rows, []string{
			fmt.Sprint(i + 1), t.ID, string(t.Forecast), priorityName(t.Priority), t.Worker, t.Model,
			known(t, t.Input), known(t, t.Output), known(t, t.Expected), known(t, t.Tokens), priceText(t.ExpectedCost), priceText(t.Cost), t.Reason,
		})
	}
	text += f.table([]string{
		"#", "task", "verdict", "priority", "worker", "model", "input", "output cap", "expected", "at most", "cost", "cost at most", "why",
	}, rows, "input", "output cap", "model", "cost", "#", "worker", "priority", "expected", "why")
	if left := len(p.Tasks) - len(shown); left > 0 {
		text += fmt.Sprintf("and %s more (--all shows them)\n", Plural(left, "task"))
	}
	return text
}

// sums is what the tasks of each verdict come to.
func (p Plan) sums() (text string) {
	for _, v := range []orchestrator.Forecast{
		orchestrator.Already,
		orchestrator.WillRun, orchestrator.MayDefer, orchestrator.NeverFits, orchestrator.Impossible, orchestrator.Unplanned,
	} {
		if sum, ok := p.Totals[string(v)]; ok {
			text += fmt.Sprintf("%-8s %s%s\n", v, Plural(sum.Tasks, "task"), sum.most(v))
		}
	}
	return text + fmt.Sprintf("budget now: %s (%s)\n\n", BudgetText(p.before), p.config)
}

// known is a number of tokens of a task, where somebody knows it.
func known(t orchestrator.Planned, n int64) string {
	if t.Forecast == orchestrator.Unplanned {
		return "unknown"
	}
	return Number(n)
}

func priceText(cost *orchestrator.Cost) string {
	if cost == nil {
		return "unknown"
	}
	return cost.String()
}

// priorityName is the word for a priority, or its number where there is none.
func priorityName(priority int) string {
	for word, number := range worker.Priorities {
		if number == priority {
			return word
		}
	}
	return fmt.Sprint(priority)
}

// most is what the tasks of a verdict are expected to use, and can use: nothing where they are finished, money only
// where they would run.
func (t PlanTotal) most(v orchestrator.Forecast) string {
	switch v {
	case orchestrator.Already:
		return ""
	case orchestrator.Unplanned:
		return ", what they use is unknown"
	}
	text := fmt.Sprintf(", %s tokens expected, at most %s", Number(t.Expected), Number(t.Tokens))
	switch {
	case v != orchestrator.WillRun:
	case t.Unpriced == t.Tasks:
		text += "; cost unknown: no price under [prices]"
	default:
		text += fmt.Sprintf("; %v expected, at most %v", t.ExpectedCost, t.Cost)
		if t.Unpriced > 0 {
			text += fmt.Sprintf(", and an unknown cost of %s: no price under [prices]", Plural(t.Unpriced, "task"))
		}
	}
	return text
}

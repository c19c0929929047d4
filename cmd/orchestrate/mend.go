package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
)

// mend says what to look at before a run goes on: where providers took no calls, and where the budget ran out.
func mend(p *project.Project, e project.Ended) (lines []string) {
	s := e.Summary
	for _, name := range s.Unavailable {
		line := "provider " + name + " took no calls: look at its address"
		if env := p.Config.Providers[name].APIKeyEnv; env != "" {
			line += ", at the key in " + env + " and at the account behind it"
		}
		lines = append(lines, line)
	}
	for _, w := range p.Config.Workers {
		if slices.Contains(s.NoModel, w.Name) {
			lines = append(lines, fmt.Sprintf("worker %s was stopped: look at its model, %q, which provider %s does not have for this key", w.Name, w.Model, w.Provider))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Paused)) {
		switch until := e.Paused[name]; {
		case !until.IsZero():
			lines = append(lines, fmt.Sprintf("provider %s takes no calls before %s, it said", name, until.Local().Format(time.DateTime)))
		case !s.Interrupted && len(s.Unavailable) == 0 && len(s.NoModel) == 0:
			lines = append(lines, fmt.Sprintf("provider %s took no calls for as long as a task waits ([run] patience, %v): go on later, or let them wait longer",
				name, p.Config.Run.Patience))
		}
	}
	if s.Counts[orchestrator.Exhausted] > 0 || s.Counts[orchestrator.Deferred] > 0 && e.Unserved == 0 {
		lines = append(lines, raise(p, s.Short)...)
	}
	return lines
}

// raise says how a run that the budget cut short gets more of it, and how much it lacked where that is known. A reset does
// not help where each run has a period of its own: a resumed run keeps what it spent.
func raise(p *project.Project, lacked *orchestrator.Short) []string {
	if !p.Limit.Unlimited() && p.Config.Budget.Total.Unlimited() {
		return []string{"the run's limit is spent: give it more with --tokens or --cost when it goes on"}
	}
	where := " --config " + project.QuoteArg(absolute(p.Path))
	lines := []string{"the budget ran out: raise the limit named above", "  " + program() + " budget set " + enough(p.Config.Budget.Total, lacked) + where}
	if lacked != nil {
		lines[0] = fmt.Sprintf("%s need at most %s more: raise the limit", view.Plural(lacked.Tasks, "task"), moreText(lacked.Most))
	}
	if p.Config.Budget.Period == config.PeriodRun {
		return lines
	}
	if p.Sim {
		where += " --sim"
	}
	lines[0] += ", or begin a new period for total and models"
	return append(lines, "  "+program()+" budget reset"+where)
}

// enough is the settings under which what a run lacked would be there.
func enough(total budget.Limit, lacked *orchestrator.Short) string {
	var settings []string
	if lacked != nil && total.Tokens != nil && lacked.Most.Tokens > 0 {
		settings = append(settings, fmt.Sprintf("total_budget_limit=%d", *total.Tokens+lacked.Most.Tokens))
	}
	if lacked != nil && total.Cost != nil && lacked.Most.Cost > 0 {
		settings = append(settings, "total_cost_limit="+strings.TrimPrefix((*total.Cost+lacked.Most.Cost).String(), "$"))
	}
	if settings == nil {
		return "total_budget_limit=VALUE"
	}
	return strings.Join(settings, " ")
}

// moreText is what a run lacked, of tokens, of money, or of both.
func moreText(a budget.Amount) string {
	var parts []string
	if a.Tokens > 0 {
		parts = append(parts, view.Number(a.Tokens)+" tokens")
	}
	if a.Cost > 0 {
		parts = append(parts, a.Cost.String())
	}
	return strings.Join(parts, " and ")
}

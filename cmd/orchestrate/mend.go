package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// mend says what to look at before a run goes on: where providers took no calls, and where the budget ran out.
func (x *execution) mend(s orchestrator.Summary) (lines []string) {
	for _, name := range s.Unavailable {
		line := "provider " + name + " took no calls: look at its address"
		if env := x.config.Providers[name].APIKeyEnv; env != "" {
			line += ", at the key in " + env + " and at the account behind it"
		}
		lines = append(lines, line)
	}
	for _, w := range x.config.Workers {
		if slices.Contains(s.NoModel, w.Name) {
			lines = append(lines, fmt.Sprintf("worker %s was stopped: look at its model, %q, which provider %s does not have for this key", w.Name, w.Model, w.Provider))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.paused)) {
		switch until := x.paused[name]; {
		case !until.IsZero():
			lines = append(lines, fmt.Sprintf("provider %s takes no calls before %s, it said", name, until.Local().Format(time.DateTime)))
		case !s.Interrupted && len(s.Unavailable) == 0 && len(s.NoModel) == 0:
			lines = append(lines, fmt.Sprintf("provider %s took no calls for as long as a task waits ([run] patience, %v): go on later, or let them wait longer",
				name, x.config.Run.Patience))
		}
	}
	if s.Counts[orchestrator.Exhausted] > 0 || s.Counts[orchestrator.Deferred] > 0 && x.unserved == 0 {
		lines = append(lines, x.raise()...)
	}
	return lines
}

// raise says how a run that the budget cut short gets more of it. A reset does not help where each run has a period of
// its own: a resumed run keeps what it spent.
func (x *execution) raise() []string {
	where := " --config " + quoteArg(absolute(x.path))
	lines := []string{"the budget ran out: raise the limit named above", "  " + program() + " budget set total_budget_limit=VALUE" + where}
	if x.config.Budget.Period == config.PeriodRun {
		return lines
	}
	if x.sim {
		where += " --sim"
	}
	lines[0] += ", or begin a new period for total and models"
	return append(lines, "  "+program()+" budget reset"+where)
}

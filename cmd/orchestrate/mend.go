package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// mend says what to look at before a run goes on, where providers took no calls.
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
		lines = append(lines, fmt.Sprintf("provider %s takes no calls before %s, it said", name, x.paused[name].Local().Format(time.DateTime)))
	}
	return lines
}

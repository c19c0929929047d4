package view

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// shownCauses is how many causes a summary tells.
const shownCauses = 5

// causesText tells why tasks are not done, a line for all that have a cause in common. What only one task has
// was told when that ended.
func causesText(causes []orchestrator.Cause) string {
	var b strings.Builder
	for i, c := range causes {
		if c.Tasks == 1 || i == shownCauses {
			break
		}
		fmt.Fprintf(&b, "%s %s: %s (first: %s)\n", Plural(c.Tasks, "task"), c.Outcome, c.Reason, c.First)
	}
	return b.String()
}

package tasks

import (
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

func (c *taskCheck) labels() {
	for i, t := range c.tasks {
		for n, label := range t.Labels {
			bad := document.BadLabel(label)
			switch {
			case bad != "":
				c.report(i, "labels", document.Quote(label)+" "+bad, "")
			case slices.Contains(t.Labels[:n], label):
				c.report(i, "labels", fmt.Sprintf("%s comes twice", document.Quote(label)), "name each label once")
			case n == budget.MaxLabels:
				c.report(i, "labels", fmt.Sprintf("a task has at most %d labels, got %d", budget.MaxLabels, len(t.Labels)), "")
			default:
				continue
			}
			break
		}
	}
}

package view

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// PeriodText says when a period was, in zone.
func PeriodText(p budget.Period, zone *time.Location) string {
	text := Clock(p.Start, zone)
	switch {
	case p.ID < 0:
		return "imported, from " + text
	case p.End.IsZero():
		return "since " + text
	}
	return text + " to " + Clock(p.End, zone)
}

// AheadText says that a period begins in the future, as it does when the clock was moved back after it began.
func AheadText(p budget.Period, zone *time.Location) string {
	return fmt.Sprintf("period %d begins in the future, at %s: the clock was moved back, or was ahead when it began", p.ID, Clock(p.Start, zone))
}

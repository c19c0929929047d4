package worker

import (
	"fmt"
	"time"
)

// clock is the form of a deadline that is a time of day.
const clock = "15:04"

// ParseDeadline reads a deadline: a time with its date and zone (RFC 3339), or a time of day in a zone, which is the next
// one after a moment.
func ParseDeadline(text string, after time.Time, zone *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	of, err := time.Parse(clock, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time: expected one like 2026-11-27T07:00:00Z, or 07:00", text)
	}
	y, m, d := after.In(zone).Date()
	at := time.Date(y, m, d, of.Hour(), of.Minute(), 0, 0, zone)
	if !at.After(after) {
		at = time.Date(y, m, d+1, of.Hour(), of.Minute(), 0, 0, zone)
	}
	return at, nil
}

package main

import (
	"fmt"
	"time"

	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

// between reads --since and --until as the first instant and the first after.
func (q *reportFlags) between(zone *time.Location) (since, until time.Time, err error) {
	if since, err = instant("since", q.since, zone, false); err != nil {
		return since, until, err
	}
	if until, err = instant("until", q.until, zone, true); err != nil {
		return since, until, err
	}
	if !since.IsZero() && !until.IsZero() && !since.Before(until) {
		err = usage(fmt.Errorf("--since %s is not before --until %s", q.since, q.until))
	}
	return since, until, err
}

// day reads a date, "today" or "yesterday" in zone.
func day(text string, zone *time.Location) (time.Time, error) {
	switch text {
	case "today":
		return time.Now().In(zone), nil
	case "yesterday":
		return time.Now().In(zone).AddDate(0, 0, -1), nil
	}
	return time.Parse(time.DateOnly, text)
}

// instant reads a time, how long ago it was, or a date in zone, which stands for its first instant or, with end, for the first
// after it. Empty text is the zero time.
func instant(flag, text string, zone *time.Location, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return time.Now().Add(-ago).UTC(), nil
	}
	date, err := day(text, zone)
	if err != nil {
		return time.Time{}, usage(fmt.Errorf("--%s %q is neither a day (2026-11-01, yesterday) nor a time (2026-11-01T15:04:05Z), nor how long ago (1h)", flag, text))
	}
	y, m, d := date.Date()
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone) // there are days without a midnight
	first, next := calendar.Periods{Unit: calendar.Day, Location: zone}.Bounds(noon)
	if end {
		return next, nil
	}
	return first, nil
}

// rangeText is the range as it was asked for.
func (q *reportFlags) rangeText() string {
	text := ""
	if q.since != "" {
		text += " since " + q.since
	}
	if q.until != "" {
		text += " until " + q.until
	}
	return text
}

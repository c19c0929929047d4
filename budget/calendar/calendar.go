// Package calendar divides time into days, weeks and months of a time zone, however long its days are.
package calendar

import (
	"sort"
	"time"
)

// Unit is a length of calendar periods.
type Unit string

// The units. Weeks begin on Monday.
const (
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
)

// Periods divides time into periods that begin at midnight in a time zone, however long its days are.
type Periods struct {
	Unit     Unit
	Location *time.Location // nil is UTC
}

// Bounds returns the period that t is in: start <= t < end.
func (p Periods) Bounds(t time.Time) (start, end time.Time) {
	local := t.In(p.location())
	y, m, d := local.Date()
	switch p.Unit {
	case Week:
		d -= (int(local.Weekday()) + 6) % 7
	case Month:
		d = 1
	}
	// Where clocks go back over midnight a date comes twice: step until the bounds hold t.
	for start, end = p.midnight(y, m, d), p.next(y, m, d); !t.Before(end); start, end = end, p.next(y, m, d) {
		y, m, d = p.after(y, m, d)
	}
	for t.Before(start) {
		y, m, d = p.before(y, m, d)
		start, end = p.midnight(y, m, d), start
	}
	return start.UTC(), end.UTC()
}

func (p Periods) location() *time.Location {
	if p.Location == nil {
		return time.UTC
	}
	return p.Location
}

func (p Periods) next(y int, m time.Month, d int) time.Time { return p.midnight(p.after(y, m, d)) }

func (p Periods) after(y int, m time.Month, d int) (int, time.Month, int) { return p.step(y, m, d, 1) }
func (p Periods) before(y int, m time.Month, d int) (int, time.Month, int) {
	return p.step(y, m, d, -1)
}

// step goes n periods on from the first day of one. It counts dates, not hours.
func (p Periods) step(y int, m time.Month, d, n int) (int, time.Month, int) {
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch p.Unit {
	case Week:
		date = date.AddDate(0, 0, 7*n)
	case Month:
		date = date.AddDate(0, n, 0)
	default:
		date = date.AddDate(0, 0, n)
	}
	return date.Date()
}

// midnight is the first instant of a date. Some zones change their clocks at midnight, so that 00:00 does
// not exist: the date then begins when the gap ends.
func (p Periods) midnight(y int, m time.Month, d int) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, p.location())
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	begun := func(minutes int) bool {
		ly, lm, ld := t.Add(time.Duration(minutes) * time.Minute).Date()
		return !time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC).Before(date)
	}
	if begun(0) && t.Hour() == 0 && t.Minute() == 0 {
		return t
	}
	t = t.Add(-3 * time.Hour)
	return t.Add(time.Duration(sort.Search(6*60, begun)) * time.Minute)
}

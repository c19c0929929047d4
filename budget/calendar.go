package budget

import (
	"context"
	"fmt"
	"log/slog"
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

// Calendar divides time into periods that begin at midnight in a time zone, however long its days are.
type Calendar struct {
	Unit     Unit
	Location *time.Location // nil is UTC
}

// Bounds returns the period that t is in: start <= t < end.
func (c Calendar) Bounds(t time.Time) (start, end time.Time) {
	local := t.In(c.location())
	y, m, d := local.Date()
	switch c.Unit {
	case Week:
		d -= (int(local.Weekday()) + 6) % 7
	case Month:
		d = 1
	}
	// Where clocks go back over midnight a date comes twice: step until the bounds hold t.
	for start, end = c.midnight(y, m, d), c.next(y, m, d); !t.Before(end); start, end = end, c.next(y, m, d) {
		y, m, d = c.after(y, m, d)
	}
	for t.Before(start) {
		y, m, d = c.before(y, m, d)
		start, end = c.midnight(y, m, d), start
	}
	return start.UTC(), end.UTC()
}

func (c Calendar) location() *time.Location {
	if c.Location == nil {
		return time.UTC
	}
	return c.Location
}

func (c Calendar) next(y int, m time.Month, d int) time.Time { return c.midnight(c.after(y, m, d)) }

func (c Calendar) after(y int, m time.Month, d int) (int, time.Month, int) { return c.step(y, m, d, 1) }
func (c Calendar) before(y int, m time.Month, d int) (int, time.Month, int) {
	return c.step(y, m, d, -1)
}

// step goes n periods on from the first day of one. It counts dates, not hours.
func (c Calendar) step(y int, m time.Month, d, n int) (int, time.Month, int) {
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch c.Unit {
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
func (c Calendar) midnight(y int, m time.Month, d int) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, c.location())
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

// turn begins the next period if the calendar says that it is due. It does so once, whoever comes first,
// and only forwards: a clock that is moved back changes nothing.
func (m *Manager) turn(ctx context.Context) error {
	if m.cfg.Calendar == nil || !m.due() {
		return nil
	}
	if err := m.changeAlone(ctx); err != nil {
		return err
	}
	defer m.changed()
	if !m.due() { // somebody else was first
		return nil
	}
	if err := m.nextPeriod(ctx); err != nil {
		return fmt.Errorf("begin the next period: %w", err)
	}
	return nil
}

func (m *Manager) due() bool {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.period.End.IsZero() && !now.Before(m.period.End)
}

// newPeriod returns the period with this number that begins at start.
func (m *Manager) newPeriod(id int64, start time.Time) Period {
	p := Period{ID: id, Start: start}
	if m.cfg.Calendar != nil && !start.IsZero() {
		_, p.End = m.cfg.Calendar.Bounds(start)
	}
	return p
}

// awaitTurn makes sure that the next period begins on time even if nobody but waiters is there to notice.
// The caller holds m.mu.
func (m *Manager) awaitTurn() {
	if m.period.End.IsZero() || m.alarm != nil {
		return
	}
	m.alarm = time.AfterFunc(time.Until(m.period.End), func() {
		m.mu.Lock()
		m.alarm = nil
		m.mu.Unlock()
		if err := m.turn(context.Background()); err != nil {
			m.log.Error("the next budget period could not begin", slog.String("error", err.Error()))
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if len(m.waiters) > 0 {
			m.awaitTurn()
		}
	})
}

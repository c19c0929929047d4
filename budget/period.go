package budget

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

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

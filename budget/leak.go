package budget

import (
	"context"
	"log/slog"
	"time"
)

// openHolds lists the holds that could leak, oldest first, linked through the holds themselves. All have
// the same time to live, so the oldest is the next to leak. The manager's mutex guards it.
type openHolds struct {
	first, last *hold
	timer       *time.Timer // set while there is a hold
}

// leash is a hold's place among them.
type leash struct {
	deadline   time.Time // after which it has leaked; zero for never, and then it is not among them
	prev, next *hold
}

func (l *openHolds) add(h *hold, deadline time.Time) {
	h.deadline = deadline
	h.prev = l.last
	if l.last != nil {
		l.last.next = h
	} else {
		l.first = h
	}
	l.last = h
}

func (l *openHolds) remove(h *hold) {
	if l.first != nil {
		l.unlink(h)
	}
}

func (l *openHolds) unlink(h *hold) {
	if h.deadline.IsZero() {
		return
	}
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		l.first = h.next
	}
	if h.next != nil {
		h.next.prev = h.prev
	} else {
		l.last = h.prev
	}
	h.prev, h.next, h.deadline = nil, nil, time.Time{}
}

// watch gives h its deadline. It is for holds that are in the books, or are never to be: the end of one that
// is still being written must not come into the books before its beginning. The caller holds m.mu.
func (m *Manager) watch(h *hold) {
	m.open.add(h, time.Now().Add(m.cfg.HoldTimeout))
	if m.open.timer == nil {
		m.open.timer = time.AfterFunc(m.cfg.HoldTimeout, m.sweep)
	}
}

// sweep settles the holds whose deadline has passed. Their owners neither ended them nor will: a client
// that neither reads nor closes, say. Nobody knows what was billed, so all of it is.
func (m *Manager) sweep() {
	type leak struct {
		Reservation
		hold *hold
		tab  *Tab
	}
	m.mu.Lock()
	now := time.Now()
	var leaked []leak
	for h := m.open.first; h != nil && !now.Before(h.deadline); h = h.next {
		leaked = append(leaked, leak{h.reservation(), h, h.tab})
	}
	m.mu.Unlock()
	for _, r := range leaked {
		if !r.hold.unended(r.life) { // ended while others were written
			continue
		}
		m.log.Error("budget hold leaked: it was neither settled nor released in time and is charged in full",
			slog.String("id", r.ID()), slog.Int64("held_tokens", r.Held().Tokens), slog.Duration("after", m.cfg.HoldTimeout))
		if err := m.chargeLeak(r.Reservation, r.tab); err != nil {
			m.log.Error("budget hold leaked and could not be settled", slog.String("id", r.ID()), slog.String("error", err.Error()))
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open.timer = nil
	if m.open.first != nil && m.stopped == nil {
		m.open.timer = time.AfterFunc(max(0, time.Until(m.open.first.deadline)), m.sweep)
	}
}

// chargeLeak settles r, and writes the tab that it is on: whoever left the hold open may leave that open too.
func (m *Manager) chargeLeak(r Reservation, tab *Tab) error {
	ctx := context.Background()
	err := r.Settle(ctx, Outcome{Assumed: true, Reason: ReasonLeaked})
	if err == nil && tab != nil {
		err = tab.flush(ctx)
	}
	return err
}

package budget

import (
	"context"
	"errors"
	"fmt"
)

// posting is a change of the books: its entries, and what they change in the counters. What is taken counts before they
// are written, what returns when they are durable, so that whatever instant a crash cuts out, the books hold no less
// than was spent.
//
//	          counts before          entries         counts after                undone if the write fails
//	reserve   the hold               reserve         -                           yes
//	settle    the overrun            settle, result  what returns, what is used  no: the hold stays, to be ended again
//	release   -                      release         what returns                no: the same
//	record    the usage, as held     record          the usage, as settled       yes
//	adjust    what is charged more   adjust, adjust  both entries                yes
//	limit     what it lowers         limit, ...      what it raises              no: it stays lowered
//	reset     -                      reset           the period begins           -
//	result    -                      result          -                           -
//
// What counts before is counted by whoever posts, under the mutex under which the entries are made. A write that fails
// ends admission, but for one that the ledger refused: then it is whole and has none of the entries.
type posting struct {
	entries func() []Entry  // made only if somebody keeps them
	after   func() []Status // counts what is in the books now; nil for nothing
	failed  func(error)     // undoes what counted before, or frees it for another try; nil for nothing
}

// post writes p, and then counts what it changes. The caller holds m.mu and has counted what counts before; m.mu is free
// when post returns. The functions of p are called under it; none of it escapes, which would be an allocation.
func (m *Manager) post(ctx context.Context, p posting) error {
	err := m.journal.write(ctx, &m.mu, p.entries)
	var warnings []Status
	switch {
	case err != nil:
		m.notPosted(p, err)
	case p.after != nil:
		warnings = p.after()
	}
	m.mu.Unlock()
	if len(warnings) > 0 {
		m.warn(warnings)
	}
	return err
}

func (m *Manager) notPosted(p posting, err error) {
	if !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUncountable) {
		m.stop(err)
	}
	if p.failed != nil {
		p.failed(err)
	}
}

// booked returns nil for nil, and else says that it was the writing of what that failed.
func booked(what string, err error) error {
	if err == nil { // inlined
		return nil
	}
	return notBooked(what, err)
}

func notBooked(what string, err error) error { return fmt.Errorf("budget: book the %s: %w", what, err) }

// bookHold writes that h was taken, for tab, which may be nil. On an error the hold is gone. The caller holds m.mu,
// which is free afterwards.
func (m *Manager) bookHold(ctx context.Context, h *hold, tab *Tab) error {
	if !m.journal.claim(h.call.ID) {
		m.giveBack(h)
		m.mu.Unlock()
		return fmt.Errorf("reserve: %w", ErrConflict)
	}
	return booked("hold", m.post(ctx, posting{
		entries: func() []Entry { return []Entry{h.reserveEntry()} },
		after:   func() []Status { h.opened(tab); return nil },
		failed: func(error) {
			m.journal.free(h.call.ID)
			m.giveBack(h)
		},
	}))
}

// bookEnd writes how h ended. On an error the hold stays, to be ended again. The caller holds m.mu, which is free afterwards.
func (m *Manager) bookEnd(ctx context.Context, h *hold) error {
	h.write()
	return booked("settlement", m.post(ctx, posting{
		entries: func() []Entry { return []Entry{h.endEntry()} },
		after:   func() []Status { return m.finish(h) },
		failed:  h.failed,
	}))
}

// bookEnds writes how several ended together, with the result that they paid for, if there is one.
func (m *Manager) bookEnds(ctx context.Context, holds []*hold, result *Entry) error {
	return booked("settlement", m.post(ctx, posting{
		entries: func() []Entry {
			entries := make([]Entry, 0, len(holds)+1)
			for _, h := range holds {
				entries = append(entries, h.endEntry())
			}
			if result != nil {
				entries = append(entries, *result)
			}
			return entries
		},
		after: func() (warnings []Status) {
			for _, h := range holds {
				warnings = append(warnings, m.finish(h)...)
			}
			return warnings
		},
		failed: func(err error) {
			for _, h := range holds {
				h.failed(err)
			}
		},
	}))
}

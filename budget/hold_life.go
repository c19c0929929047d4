package budget

import "context"

// A manager's hold is a [Hold]: each method looks under the mutex whether the life that is meant is the present one.

func (h *hold) reservation() Reservation {
	return Reservation{h, h.gen, Grant{
		ID: h.call.ID, Output: h.output, Held: h.granted, OverLimit: h.over, Strict: h.manager.cfg.Mode != Soft,
	}}
}

// live reports whether the hold is in that life, and has not ended and is not ending. The caller holds the manager's
// mutex.
func (h *hold) live(life uint64) bool { return h.gen == life && h.alive() }

// unended reports whether nobody has begun to end that life.
func (h *hold) unended(life uint64) bool {
	h.manager.mu.Lock()
	defer h.manager.mu.Unlock()
	return h.live(life)
}

func (h *hold) Sent(life uint64) {
	h.manager.mu.Lock()
	defer h.manager.mu.Unlock()
	if h.live(life) {
		h.send()
	}
}

func (h *hold) Settle(ctx context.Context, life uint64, o Outcome) error {
	return h.finally(ctx, life, false, func(h *hold) { h.charge.settle(&h.terms, &o) })
}

func (h *hold) Release(ctx context.Context, life uint64, why string) error {
	return h.finally(ctx, life, true, func(h *hold) { h.charge.release(&h.terms, why) })
}

func (h *hold) Close(ctx context.Context, life uint64) error {
	return h.finally(ctx, life, false, func(h *hold) {
		if h.phase == sent {
			h.charge.settle(&h.terms, &Outcome{Assumed: true, Reason: "closed without an outcome"})
		} else {
			h.charge.release(&h.terms, NotSent)
		}
	})
}

// finally ends the hold once, with the charge that compute makes. Without now, a tab may keep it back.
func (h *hold) finally(ctx context.Context, life uint64, now bool, compute func(*hold)) error {
	m := h.manager
	m.mu.Lock()
	if !h.live(life) {
		m.mu.Unlock()
		return nil
	}
	h.end(compute)
	if !now && h.tab.keeps() {
		h.keep()
		m.mu.Unlock()
		return nil
	}
	return m.bookEnd(ctx, h)
}

package budget

// newHold returns a hold between two lives, or a new one. The caller holds m.mu.
func (m *Manager) newHold() *hold {
	if n := len(m.free); n > 0 {
		h := m.free[n-1]
		m.free = m.free[:n-1]
		return h
	}
	h := &hold{terms: terms{manager: m}}
	h.shares = h.few[:0]
	return h
}

// recycle ends the life of h. It makes nothing again of what the next life may read before it sets it. The rest (the
// call with its accounts and tier, the outcome) that sets first: to clear all of a hold would take a tenth of what
// reserving and settling take together. The caller holds m.mu.
func (m *Manager) recycle(h *hold) {
	h.gen++
	h.phase = ended
	h.output, h.granted, h.amount, h.price, h.tab = 0, Amount{}, Amount{}, nil, nil
	clear(h.shares)
	h.over, h.charge.op = false, ""
	m.free = append(m.free, h)
}

// charges says to whom the hold counts.
func (h *hold) charges(accounts *resolution) {
	h.accounts = accounts
	n := len(accounts.each())
	if n > cap(h.shares) {
		h.shares = make([]share, n)
	}
	h.shares = h.shares[:n]
}

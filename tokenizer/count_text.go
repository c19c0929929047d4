package tokenizer

// countText returns how many tokens b has.
func countText(v *vocabulary, s splitter, m *memory, b []byte) int64 {
	total := 0
	for i := 0; i < len(b); {
		n := s.cut(b, i, m.ends[:])
		for _, end := range m.ends[:n] {
			total += v.countPiece(m, b, i, end)
			i = end
		}
	}
	return int64(total)
}

// countPiece returns how many tokens the piece b[i:end] has.
func (v *vocabulary) countPiece(m *memory, b []byte, i, end int) int {
	n := end - i
	switch {
	case n == 1:
		return 1 // every byte is a token
	case m.cache == nil || n > maxLong:
		return v.countWhole(m, b, i, end)
	case n <= maxShort:
		key, place := m.cache.shortKey(b, i, n)
		if place[0] == key[0] && place[1]&keyMask == key[1] {
			return int(place[1] >> tokensShift)
		}
		tokens := v.countWhole(m, b, i, end)
		key[1] |= uint64(tokens) << tokensShift
		*place = key
		return tokens
	default:
		key, place := m.cache.longKey(b, i, n)
		if place[0] == key[0] && place[1] == key[1] && place[2] == key[2] && place[3]&keyMask == key[3] {
			return int(place[3] >> tokensShift)
		}
		tokens := v.countWhole(m, b, i, end)
		key[3] |= uint64(tokens) << tokensShift
		*place = key
		return tokens
	}
}

func (v *vocabulary) countWhole(m *memory, b []byte, i, end int) int {
	m.tokens = m.tokens[:0]
	v.encode(m, b, i, end)
	return len(m.tokens)
}

package tokenizer

// countText returns how many tokens b has.
func (v *vocabulary) countText(s splitter, m *memory, b []byte) int64 {
	total := 0
	for i := 0; i < len(b); {
		n := s.cut(b, i, m.ends[:])
		if ends := m.ends[:n]; m.cache == nil {
			for _, end := range ends {
				total += v.countPiece(m, b, i, end)
				i = end
			}
		} else {
			total += v.countCached(m, b, i, ends)
			i = ends[n-1]
		}
	}
	return int64(total)
}

// countCached counts the pieces that start at b[i] and end at ends. Its loop does as little as it can for a piece
// that the cache knows, which is nearly every one.
func (v *vocabulary) countCached(m *memory, b []byte, i int, ends []int) (total int) {
	for _, end := range ends {
		n := end - i
		if n > maxShort || i+16 > len(b) {
			total += v.countLong(m, b, i, end)
			i = end
			continue
		}
		key, hash := shortKey(b, i, n)
		hot := &m.cache.hot[hash%uint64(len(m.cache.hot))]
		if hot[0] == key[0] && hot[1]&keyMask == key[1] {
			total += int(hot[1] >> tokensShift)
			i = end
			continue
		}
		tokens := 1
		if _, ok := v.find(b, i, n); !ok {
			set := &m.cache.short[hash>>hotPlaces%uint64(len(m.cache.short))]
			if tokens = set.find(key); tokens == 0 {
				tokens = v.countParts(m, b, i, end)
				set.add(key, tokens)
			}
		}
		total += tokens
		key[1] |= uint64(tokens) << tokensShift
		*hot = key
		i = end
	}
	return total
}

// countLong is for pieces too long for the cache's short part, and for those at the end of the text.
func (v *vocabulary) countLong(m *memory, b []byte, i, end int) int {
	if end-i > maxLong || end-i <= maxShort {
		return v.countPiece(m, b, i, end)
	}
	if _, ok := v.find(b, i, end-i); ok {
		return 1
	}
	key, place := longKey(b, i, end-i)
	set := &m.cache.long[place]
	tokens := set.find(key)
	if tokens == 0 {
		tokens = v.countParts(m, b, i, end)
		set.add(key, tokens)
	}
	return tokens
}

// countPiece returns how many tokens the piece b[i:end] has.
func (v *vocabulary) countPiece(m *memory, b []byte, i, end int) int {
	if _, ok := v.find(b, i, end-i); ok {
		return 1
	}
	return v.countParts(m, b, i, end)
}

// countParts is countPiece for a piece that is not a token.
func (v *vocabulary) countParts(m *memory, b []byte, i, end int) int {
	m.tokens = m.tokens[:0]
	v.encode(m, b, i, end)
	return len(m.tokens)
}

package bpe

// countText returns how many tokens b has.
func (v *vocabulary) countText(s splitter, m *memory, b []byte) int64 {
	total := 0
	for i := 0; i < len(b) && !m.stopped(); {
		n := s.cut(b, i, m.ends[:])
		total += v.countPieces(m, b, i, m.ends[:n])
		i = m.ends[n-1]
	}
	return int64(total)
}

// countPieces counts the pieces that start at b[i] and end at ends. Its loop does as little as it can for a piece
// that the cache knows, which is nearly every one.
func (v *vocabulary) countPieces(m *memory, b []byte, i int, ends []int) (total int) {
	for _, end := range ends {
		if n := end - i; n <= maxShort && i+16 <= len(b) && m.cache != nil {
			var tokens int
			if n <= maxTiny {
				key, place := tinyKey(b, i, n)
				tokens = m.cache.tiny[place].tokens(key)
			} else {
				key, hash := shortKey(b, i, n)
				tokens = m.cache.hot[hash%hotPlaces].tokens(key)
			}
			if tokens > 0 {
				total += tokens
				i = end
				continue
			}
		}
		if m.cache == nil && v.has(b, i, end-i) {
			total++
		} else {
			total += v.countPiece(m, b, i, end)
		}
		i = end
	}
	return total
}

// wide is where the first bytes of characters of three and more bytes begin. A piece that begins with such a character,
// or has one after its first byte, is worth a look for seams.
const wide = 0xe0

// countPiece returns how many tokens the piece b[i:end] has.
func (v *vocabulary) countPiece(m *memory, b []byte, i, end int) (total int) {
	if end-i > 4 && max(b[i], b[i+1]) >= wide {
		for next := v.seams.end(b, i, end); next < end; next = v.seams.end(b, i, end) {
			total += v.countPart(m, b, i, next)
			if i>>16 != next>>16 && m.stopped() {
				return total
			}
			i = next
		}
	}
	return total + v.countPart(m, b, i, end)
}

// countPart returns how many tokens b[i:end] has, a piece or a part of one.
func (v *vocabulary) countPart(m *memory, b []byte, i, end int) (tokens int) {
	n := end - i
	if n > maxShort || i+16 > len(b) || m.cache == nil {
		return v.countLong(m, b, i, end)
	}
	if n <= maxTiny {
		key, place := tinyKey(b, i, n)
		tiny := &m.cache.tiny[place]
		if tokens = tiny.tokens(key); tokens == 0 {
			tokens = v.countShort(m, b, i, n)
			*tiny = key.with(tokens)
		}
		return tokens
	}
	key, hash := shortKey(b, i, n)
	hot := &m.cache.hot[hash%hotPlaces]
	if tokens = hot.tokens(key); tokens == 0 {
		tokens = v.countShort(m, b, i, n)
		*hot = key.with(tokens)
	}
	return tokens
}

// countShort is countPart for a short part that is in neither of the cache's first two parts.
func (v *vocabulary) countShort(m *memory, b []byte, i, n int) int {
	if v.has(b, i, n) {
		return 1
	}
	key, hash := shortKey(b, i, n)
	set := &m.cache.short[hash>>16%shortPlaces]
	tokens := set.find(key)
	if tokens == 0 {
		tokens = v.merge(m, b, i, i+n)
		set.add(key, tokens)
	}
	return tokens
}

// countLong is countPart for what is too long for the cache's short part, for what is at the end of the text, and for
// everything where there is no cache.
func (v *vocabulary) countLong(m *memory, b []byte, i, end int) int {
	n := end - i
	if v.has(b, i, n) {
		return 1
	}
	if n <= maxShort || n > maxLong || m.cache == nil {
		return v.merge(m, b, i, end)
	}
	key, hash := longKey(b, i, n)
	set := &m.cache.long[hash%longPlaces]
	tokens := set.find(key)
	if tokens == 0 {
		tokens = v.merge(m, b, i, end)
		set.add(key, tokens)
	}
	return tokens
}

// merge returns how many tokens b[i:end] has, which is no token itself.
func (v *vocabulary) merge(m *memory, b []byte, i, end int) int {
	if n := end - i; n <= maxShort {
		return v.mergeShort(b, i, n)
	}
	m.tokens = m.tokens[:0]
	v.encode(m, b, i, end)
	return len(m.tokens)
}

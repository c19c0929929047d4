package tokenizer

import "math/bits"

// Byte-pair encoding starts from single bytes and always merges the adjacent pair whose union is the token of
// the lowest rank, leftmost first. Done that way a piece of n bytes costs n^2, or n log n with a heap. Here
// the result is found without merging, by this fact: a row of tokens is the encoding of its bytes if and only
// if every two neighbours are the encoding of theirs (the argument and the algorithm are from
// github/rust-gems, crate bpe; this is its backtracking encoder). So the longest token that agrees with its
// left neighbour is taken again and again. Where none agrees, the position can't be a boundary at all: the
// token before it is taken back, a shorter one is tried, and the position is never tried again, which makes
// the time linear in the length of the piece.
//
// The argument needs a vocabulary in which merging a token's own bytes ends in that token, by merges of rising
// rank. A test makes sure of it for each vocabulary that is used here.

// encode appends the tokens of the piece b[start:end] to m.tokens. A piece that is a token is not merged; the caller
// looks for that first.
func (v *vocabulary) encode(m *memory, b []byte, start, end int) {
	m.dead.reset()
	first := len(m.tokens)
	before := start // where the last token starts
	limit := end    // where the next token may end at the most
	for at := start; at < end; {
		if t, n := v.match(m, b, piece{start, end}, before, at, limit); n > 0 {
			m.tokens = append(m.tokens, t)
			before, at, limit = at, at+n, end
			continue
		}
		m.dead.add(at-start, end-start)
		m.tokens = m.tokens[:len(m.tokens)-1]
		at, limit = before, at-1
		if n := len(m.tokens); n > first {
			s, e := v.span(m.tokens[n-1])
			before -= e - s
		}
	}
}

// piece is where in the text the piece at hand is.
type piece struct{ start, end int }

// match returns the longest token at b[at] that ends at limit or before, not at a dead position, and agrees
// with the last token in m, which starts at b[before]; and the token's length, 0 if there is none.
func (v *vocabulary) match(m *memory, b []byte, p piece, before, at, limit int) (token, int) {
	room := limit - at
	lengths := uint64(6) // one and two
	if room >= 3 {
		lengths |= v.prefixes.lengths(b, at)
		if lengths&1 != 0 && room > maxListed {
			for _, n := range v.lengths {
				if n <= room {
					if t, ok := v.fits(m, b, p, before, at, n); ok {
						return t, n
					}
				}
			}
		}
	}
	lengths &= 2<<min(room, maxListed) - 2
	for lengths != 0 {
		n := bits.Len64(lengths) - 1
		if t, ok := v.fits(m, b, p, before, at, n); ok {
			return t, n
		}
		lengths &^= 1 << n
	}
	return 0, 0
}

// fits returns the token that is b[at:at+n], if there is one and match may take it.
func (v *vocabulary) fits(m *memory, b []byte, p piece, before, at, n int) (token, bool) {
	t, ok := v.seek(b, at, n)
	if !ok || m.dead.has(at+n-p.start) {
		return 0, false
	}
	if at == p.start {
		return t, true
	}
	last := m.tokens[len(m.tokens)-1]
	if m.pairs == nil {
		return t, v.agree(b, before, at, at+n, last, t, noLimit)
	}
	key, place := m.pairs.place(last, t)
	if known := *place; known>>1 == key {
		return t, known&1 != 0
	}
	ok = v.agree(b, before, at, at+n, last, t, noLimit)
	*place = key << 1
	if ok {
		*place |= 1
	}
	return t, ok
}

const noLimit = token(1<<32 - 1)

// agree reports whether merging the bytes of two neighbours, b[start:at] and b[at:end], ends in these two:
// whether no merge across the seam of a rank below limit would have come before the merges inside them. It
// goes backwards in time, undoing the later of the two tokens' last merges.
func (v *vocabulary) agree(b []byte, start, at, end int, left, right, limit token) bool {
	for {
		if t, ok := v.seek(b, start, end-start); ok && t < limit {
			return false
		}
		if left > right {
			if at-start == 1 {
				return true
			}
			// At equal rank the left one comes first: the merge inside wins.
			limit = left
			h := v.split(left)
			_, n := h.left()
			left, start = h.right(), start+n
		} else {
			if end-at == 1 {
				return true
			}
			limit = right + 1
			h := v.split(right)
			t, n := h.left()
			right, end = t, at+n
		}
	}
}

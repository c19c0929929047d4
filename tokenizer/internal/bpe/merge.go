package bpe

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
	p := path{start: start, end: end, before: start, at: start, limit: end}
	for p.at < end {
		p.run = 0
		t, n := v.again(m, b, &p)
		if n == 0 {
			p.run = runLength(b, p.at, min(longestRun, p.limit-p.at))
			t, n = v.match(m, b, &p)
		}
		if n > 0 {
			m.tokens = append(m.tokens, t)
			if len(m.tokens)%stopTokens == 0 && m.stopped() {
				return
			}
			p.before, p.at, p.limit, p.back = p.at, p.at+n, end, false
			continue
		}
		m.dead.add(p.at-start, end-start)
		last := len(m.tokens) - 1
		p.limit, p.back = p.at-1, true
		if repeats(m.tokens[first:], p.at-p.before) {
			p.limit = end // it was taken out of turn: longer ones have not been tried
		}
		p.at = p.before
		m.tokens = m.tokens[:last]
		if last > first {
			from, to := v.span(m.tokens[last-1])
			p.before -= to - from
		}
	}
}

// stopTokens is how many tokens of a piece are found before encode asks whether it is to stop: far more than a piece has
// that a cache remembers.
const stopTokens = 1 << 12

// path is how far the encoder is with the piece b[start:end].
type path struct {
	start, end int
	before     int  // where the last token starts
	at         int  // where the next one starts
	limit      int  // where it may end at the most
	back       bool // a token that started here was taken back
	run        int  // how often the byte here is repeated, if that is known
}

// longRun is the length from which a token is most likely one of a run.
const longRun = 16

// repeats reports whether the last token, of n bytes, is a long one that repeats the one before it.
func repeats(tokens []token, n int) bool {
	last := len(tokens) - 1
	return n >= longRun && last > 0 && tokens[last] == tokens[last-1]
}

// again returns the last token and its length if it is a long one and may come once more. In a run of one character
// the longest token is seldom the right one, and finding out anew at each step is dear.
func (v *vocabulary) again(m *memory, b []byte, p *path) (token, int) {
	n := p.at - p.before
	if n < longRun || p.back || p.at+n > p.limit || string(b[p.before:p.at]) != string(b[p.at:p.at+n]) {
		return 0, 0
	}
	if t, ok := v.fits(m, b, p, n); ok {
		return t, n
	}
	return 0, 0
}

// match returns the longest token at b[p.at] that ends at p.limit or before, not at a dead position, and agrees
// with the last token in m; and the token's length, 0 if there is none.
func (v *vocabulary) match(m *memory, b []byte, p *path) (token, int) {
	room := p.limit - p.at
	lengths := v.tokenLengths(b, p.at, room)
	if lengths&1 != 0 && room > maxListed {
		for _, n := range v.lengths {
			if n <= room {
				if t, ok := v.fits(m, b, p, n); ok {
					return t, n
				}
			}
		}
	}
	lengths &= 2<<min(room, maxListed) - 2
	for lengths != 0 {
		n := bits.Len64(lengths) - 1
		if t, ok := v.fits(m, b, p, n); ok {
			return t, n
		}
		lengths &^= 1 << n
	}
	return 0, 0
}

// fits returns the token that is the next n bytes, if there is one and match may take it.
func (v *vocabulary) fits(m *memory, b []byte, p *path, n int) (token, bool) {
	end := p.at + n
	if m.dead.has(end - p.start) {
		return 0, false
	}
	t, ok := v.next(b, p, n)
	if !ok {
		return 0, false
	}
	if p.at == p.start {
		return t, true
	}
	last := m.tokens[len(m.tokens)-1]
	if m.pairs == nil {
		return t, v.agree(b, p.before, p.at, end, last, t, noLimit)
	}
	key, place := m.pairs.place(last, t)
	if known := *place; known>>1 == key {
		return t, known&1 != 0
	}
	ok = v.agree(b, p.before, p.at, end, last, t, noLimit)
	*place = key << 1
	if ok {
		*place |= 1
	}
	return t, ok
}

// next returns the token that is the next n bytes, if there is one.
func (v *vocabulary) next(b []byte, p *path, n int) (token, bool) {
	if n <= p.run {
		return v.runs.find(b[p.at], n)
	}
	return v.seek(b, p.at, n)
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

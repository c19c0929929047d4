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

// encode appends the tokens of the piece b[start:end] to m.tokens.
func (v *vocabulary) encode(m *memory, b []byte, start, end int) {
	if t, ok := v.find(b, start, end-start); ok {
		m.tokens = append(m.tokens, t)
		return
	}
	base := len(m.tokens)
	m.dead.reset()
	limit := end // where the next token may end at the most
	for at := start; at < end; {
		if t, ok := v.match(m, b, start, at, limit, base); ok {
			m.tokens = append(m.tokens, t)
			at += v.len(t)
			limit = end
			continue
		}
		m.dead.add(at-start, end-start)
		last := m.tokens[len(m.tokens)-1]
		m.tokens = m.tokens[:len(m.tokens)-1]
		limit = at - 1
		at -= v.len(last)
	}
}

// match returns the longest token at b[at] that ends at limit or before, not at a dead position, and agrees
// with the token before it.
func (v *vocabulary) match(m *memory, b []byte, start, at, limit, base int) (token, bool) {
	fits := func(n int) (token, bool) {
		if m.dead.has(at + n - start) {
			return 0, false
		}
		t, ok := v.find(b, at, n)
		if !ok {
			return 0, false
		}
		if len(m.tokens) == base {
			return t, true
		}
		return t, v.agree(b, at, m.tokens[len(m.tokens)-1], t, noLimit)
	}
	room := limit - at
	if room >= 3 {
		lengths := v.prefix(b, at).lengths
		if lengths>>63 != 0 && room > maxListed {
			for _, n := range v.long {
				if n <= room {
					if t, ok := fits(n); ok {
						return t, true
					}
				}
			}
		}
		if room < 63 {
			lengths &= 1<<(room+1) - 1
		}
		for lengths &^= 1 << 63; lengths != 0; {
			n := 63 - bits.LeadingZeros64(lengths)
			if t, ok := fits(n); ok {
				return t, true
			}
			lengths &^= 1 << n
		}
	}
	for n := min(room, 2); n > 0; n-- {
		if t, ok := fits(n); ok {
			return t, true
		}
	}
	return 0, false
}

const noLimit = token(1<<32 - 1)

// agree reports whether merging the bytes of two neighbours, of which right starts at b[at], ends in these two:
// whether no merge across the seam of a rank below limit would have come before the merges inside them. It
// goes backwards in time, undoing the later of the two tokens' last merges.
func (v *vocabulary) agree(b []byte, at int, left, right, limit token) bool {
	nl, nr := v.len(left), v.len(right)
	for {
		if t, ok := v.find(b, at-nl, nl+nr); ok && t < limit {
			return false
		}
		if left > right {
			if nl == 1 {
				return true
			}
			// At equal rank the left one comes first: the merge inside wins.
			limit = left
			_, left = v.split(left)
			nl = v.len(left)
		} else {
			if nr == 1 {
				return true
			}
			limit = right + 1
			right, _ = v.split(right)
			nr = v.len(right)
		}
	}
}

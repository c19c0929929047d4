package bpe

import (
	"math/bits"
	"unicode/utf8"
)

// seams knows the neighbours that no token joins. Merging replaces two neighbours by a token that holds both, so
// where no token holds the end of one character and the beginning of the next, nothing is ever merged across, and
// what happens on one side of that seam does not depend on the other: the encoding of a piece is that of its parts, one
// after the other. In Chinese five of six places between two characters are such seams, and between emoji nearly all,
// so that pieces that never come twice fall into parts that come all the time.
//
// A set that holds too much is safe: it joins parts that could have been counted apart.
type seams struct {
	whole filter // pairs of characters that are both in one token, by pairHash
	cut   filter // pairs of bytes, left<<8 | right, where a token has only a part of one of the two characters
}

const wholeBits = 19

func newSeams() seams { return seams{make(filter, 1<<wholeBits/64), make(filter, 1<<16/64)} }

// add adds what one token joins.
func (s *seams) add(token []byte) {
	for i := 1; i < len(token); i++ {
		right := token[i]
		if !utf8.RuneStart(right) || right|token[i-1] < 0x80 { // ASCII is never parted
			continue
		}
		l, ln := utf8.DecodeLastRune(token[:i])
		r, rn := utf8.DecodeRune(token[i:])
		if l == utf8.RuneError && ln == 1 || r == utf8.RuneError && rn == 1 {
			s.cut.add(uint64(token[i-1])<<8 | uint64(right))
		} else {
			s.whole.add(pairHash(character(token, i-ln, ln), character(token, i, rn)))
		}
	}
}

// end returns the end of the part of b[i:end] that starts at i, a character's first byte: the next seam, or end.
func (s *seams) end(b []byte, i, end int) int {
	n := width(b[i])
	left := character(b, i, n)
	for i += n; i < end; i += n {
		n = width(b[i])
		right := character(b, i, n)
		if !s.whole.mayHave(pairHash(left, right)) &&
			!s.cut.mayHave(uint64(b[i-1])<<8|uint64(b[i])) &&
			b[i-1]|b[i] >= 0x80 {
			return i
		}
		left = right
	}
	return end
}

// width returns the length of the character that starts with first.
func width(first byte) int {
	if first < 0x80 {
		return 1
	}
	return bits.LeadingZeros8(^first)
}

// character is the word that stands for the n bytes of the character at b[i].
func character(b []byte, i, n int) uint64 { return load8(b, i) & keep[n] }

func pairHash(left, right uint64) uint64 {
	h := (left<<32 | right) * 0x9e3779b97f4a7c15
	return h >> (64 - wholeBits)
}

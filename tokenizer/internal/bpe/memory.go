package bpe

import (
	"unicode/utf8"
	"unsafe"
)

// memory is what counting a text works with. It belongs to one goroutine at a time.
type memory struct {
	ends   [256]int // of pieces
	tokens []token  // of the piece at hand
	text   []byte   // of a turn, where it had to be made valid
	dead   positions
	cache  *cache          // nil for none
	pairs  *pairs          // nil for none
	done   <-chan struct{} // closed when nobody wants the count any more; nil for never
}

func newMemory() *memory { return &memory{cache: new(cache), pairs: new(pairs)} }

// stopped reports whether nobody wants the count any more. Loops that may go on for long ask now and then, and what
// they return then is worth nothing.
func (m *memory) stopped() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// valid returns the bytes of text, not to be written to, with each byte that is not part of valid UTF-8 replaced by
// U+FFFD; in the memory's own bytes where it cannot be in the text's: until the next call.
func (m *memory) valid(text string) []byte {
	if utf8.ValidString(text) {
		return unsafe.Slice(unsafe.StringData(text), len(text))
	}
	m.text = m.text[:0]
	for _, r := range text {
		m.text = utf8.AppendRune(m.text, r)
	}
	return m.text
}

// trim lets go of what an uncommonly long piece needed.
func (m *memory) trim() {
	const common = 1 << 17
	if cap(m.tokens) > common {
		m.tokens = nil
	}
	if cap(m.text) > 8*turnBytes {
		m.text = nil
	}
	if cap(m.dead.words) > common/64 {
		m.dead.words = nil
	}
}

// positions is a set of positions in a piece, empty until the first is added.
type positions struct{ words []uint64 }

func (p *positions) reset() { p.words = p.words[:0] }

// add adds a position; size is the length of the piece.
func (p *positions) add(at, size int) {
	if len(p.words) == 0 {
		n := size>>6 + 1
		if cap(p.words) < n {
			p.words = make([]uint64, n)
		} else {
			p.words = p.words[:n]
			clear(p.words)
		}
	}
	p.words[at>>6] |= 1 << (at & 63)
}

func (p *positions) has(at int) bool {
	return len(p.words) != 0 && p.words[at>>6]>>(at&63)&1 != 0
}

// pairs remembers which neighbours agree, as cache does pieces: 1 + left, right, and a bit for the answer.
type pairs [1 << pairPlaces]uint64

const pairPlaces = 14

// place returns the key of a pair, never 0, and its place.
func (p *pairs) place(left, right token) (key uint64, place *uint64) {
	key = uint64(left+1)<<tokenBits | uint64(right)
	return key, &p[key*0x9e3779b97f4a7c15>>(64-pairPlaces)]
}

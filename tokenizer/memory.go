package tokenizer

// memory is what counting a text works with. It belongs to one goroutine at a time.
type memory struct {
	tokens []token
	dead   positions
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

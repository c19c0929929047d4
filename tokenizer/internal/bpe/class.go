package bpe

import (
	"encoding/binary"
	"sync"
)

// class is what the splitting patterns distinguish in a character.
type class uint8

const (
	other  class = iota // punctuation, symbols, controls, unassigned
	upper               // \p{Lu} \p{Lt}
	lower               // \p{Ll}
	letter              // \p{Lm} \p{Lo}: letters without case
	mark                // \p{M}
	number              // \p{N}
	space               // \s
)

// is reports whether c is one of the classes in set.
func (c class) is(set classSet) bool { return set>>c&1 != 0 }

// classSet has the bit 1<<c for each of its classes.
type classSet uint8

const (
	letters classSet = 1<<upper | 1<<lower | 1<<letter
	// head and tail are the two halves of a word in o200k's pattern.
	head classSet = 1<<upper | 1<<letter | 1<<mark
	tail classSet = 1<<lower | 1<<letter | 1<<mark
	// symbols is [^\s\p{L}\p{N}].
	symbols classSet = 1<<other | 1<<mark
)

// classTable finds a code point's class in two steps: blocks[point>>7] is the place of its 128 neighbours.
type classTable struct {
	blocks [0x110000 >> 7]uint16
	points []class
}

// classes unfolds the generated runs on first use. Blocks of one class throughout are shared.
var classes = sync.OnceValue(func() *classTable {
	t := new(classTable)
	uniform := make(map[class]uint16)
	runs := []byte(classRuns)
	var block [128]class
	var c class
	left := uint64(0)
	for i := range t.blocks {
		same := left >= 128
		for j := range block {
			if left == 0 {
				run, n := binary.Uvarint(runs)
				runs, c, left = runs[n:], class(run&7), run>>3
				same = j == 0 && left >= 128
			}
			block[j] = c
			left--
		}
		if at, ok := uniform[c]; ok && same {
			t.blocks[i] = at
			continue
		}
		at := uint16(len(t.points) >> 7)
		t.blocks[i] = at
		t.points = append(t.points, block[:]...)
		if same {
			uniform[c] = at
		}
	}
	return t
})

// at decodes the character at b[i] and returns its class and length. b must be valid UTF-8.
func (t *classTable) at(b []byte, i int) (class, int) {
	r, n := rune(b[i]), 1
	switch {
	case r < 0x80:
	case r < 0xe0:
		r, n = r&0x1f<<6|rune(b[i+1]&0x3f), 2
	case r < 0xf0:
		r, n = r&0xf<<12|rune(b[i+1]&0x3f)<<6|rune(b[i+2]&0x3f), 3
	default:
		r, n = r&7<<18|rune(b[i+1]&0x3f)<<12|rune(b[i+2]&0x3f)<<6|rune(b[i+3]&0x3f), 4
	}
	return t.points[int(t.blocks[r>>7])<<7|int(r&0x7f)], n
}

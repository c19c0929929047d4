package bpe

import (
	"encoding/binary"
	"math/bits"
)

// load8 returns up to eight bytes from b[i] as a little-endian word, zero past the end of b.
func load8(b []byte, i int) uint64 {
	if i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])
	}
	return loadTail(b, i)
}

func loadTail(b []byte, i int) (word uint64) {
	for j := len(b) - 1; j >= i; j-- {
		word = word<<8 | uint64(b[j])
	}
	return word
}

// keep[n] masks the first n bytes of a word.
var keep = [9]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

// hash returns a hash of b[i:i+n]; its bits are good from the lowest to the highest.
func hash(b []byte, i, n int) uint64 {
	h := uint64(n) * 0x9e3779b97f4a7c15
	for ; n > 8; i, n = i+8, n-8 {
		h = mix(h ^ load8(b, i))
	}
	return mix(h ^ load8(b, i)&keep[n])
}

// mix folds the 128-bit product of a word with an odd constant.
func mix(word uint64) uint64 {
	hi, lo := bits.Mul64(word^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hi ^ lo
}

package tokenizer

// cache remembers how many tokens short pieces have. It has a place for each hash, where the last comer wins: that
// bounds it, and the pieces that make up most of a text keep their places. Its zero value is empty.
type cache struct {
	short [1 << 15]shortPiece
	long  [1 << 13]longPiece
}

// A shortPiece is a piece of up to maxShort bytes: the bytes, then the length, then the number of tokens.
type shortPiece [2]uint64

// A longPiece is a piece of up to maxLong bytes, in the same way.
type longPiece [4]uint64

const (
	maxShort = 14
	maxLong  = 30

	lengthShift = 48
	tokensShift = 56
	keyMask     = 1<<tokensShift - 1
)

// shortKey returns the piece b[i:i+n] with no number of tokens, and its place.
func (c *cache) shortKey(b []byte, i, n int) (shortPiece, *shortPiece) {
	key := shortPiece{load8(b, i)}
	if n <= 8 {
		key[0] &= keep[n]
	} else {
		key[1] = load8(b, i+8) & keep[n-8]
	}
	key[1] |= uint64(n) << lengthShift
	h := mix(key[0] ^ key[1]*0x9e3779b97f4a7c15)
	return key, &c.short[h%uint64(len(c.short))]
}

// longKey is shortKey for a piece of more than maxShort bytes.
func (c *cache) longKey(b []byte, i, n int) (longPiece, *longPiece) {
	key := longPiece{load8(b, i), load8(b, i+8)}
	if n <= 16 {
		key[1] &= keep[n-8]
	} else if n <= 24 {
		key[2] = load8(b, i+16) & keep[n-16]
	} else {
		key[2] = load8(b, i+16)
		key[3] = load8(b, i+24) & keep[n-24]
	}
	key[3] |= uint64(n) << lengthShift
	h := mix(key[0]^mix(key[1]^key[2]*0x9e3779b97f4a7c15)) ^ mix(key[3])
	return key, &c.long[h%uint64(len(c.long))]
}

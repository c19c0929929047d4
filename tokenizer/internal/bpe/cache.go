package bpe

import "encoding/binary"

// cache remembers how many tokens pieces have. Its zero value is empty, and it never grows.
//
// tiny and hot have one place for a hash, where the last comer wins. Together they are 768 KB, so that a
// core's own cache holds them, and know most pieces of a text. The other two keep what is dear to find out again:
// pieces of several tokens. There, a piece goes to the last of the few places for its hash and moves up by one each
// time it is met, so that the commoner ones stay.
type cache struct {
	tiny  [1 << tinyBits]tinyPiece
	hot   [hotPlaces]shortPiece
	short [shortPlaces]shortSet
	long  [longPlaces]longSet
}

type (
	shortSet [4]shortPiece
	longSet  [2]longPiece
)

// A tinyPiece is a piece of up to maxTiny bytes, which most are: the bytes, then the length, then the number of tokens.
type tinyPiece uint64

// A shortPiece is a piece of up to maxShort bytes: the bytes, then the length, then the number of tokens.
type shortPiece [2]uint64

// A longPiece is a piece of up to maxLong bytes, in the same way.
type longPiece [4]uint64

const (
	tinyBits    = 15
	hotPlaces   = 1 << 15
	shortPlaces = 1 << 12
	longPlaces  = 1 << 12

	maxTiny  = 7
	maxShort = 14
	maxLong  = 30

	lengthShift = 48
	tokensShift = 56
	keyMask     = 1<<tokensShift - 1

	tinyLengthShift = 8 * maxTiny
	tinyTokensShift = tinyLengthShift + 3
	tinyKeyMask     = 1<<tinyTokensShift - 1
)

// keepLow and keepHigh mask the first n of sixteen bytes in two words.
var keepLow, keepHigh = func() (low, high [maxShort + 1]uint64) {
	for n := range low {
		low[n], high[n] = keep[min(n, 8)], keep[max(n-8, 0)]
	}
	return low, high
}()

// tinyKey returns the piece b[i:i+n] without a number of tokens, and the place of its hash. b[i+7] must be there.
func tinyKey(b []byte, i, n int) (key tinyPiece, place uint64) {
	word := binary.LittleEndian.Uint64(b[i:i+8])&keep[n] | uint64(n)<<tinyLengthShift
	return tinyPiece(word), word * 0x9e3779b97f4a7c15 >> (64 - tinyBits)
}

// tokens returns how many tokens the piece key has if it is p, else 0.
func (p tinyPiece) tokens(key tinyPiece) int {
	if p&tinyKeyMask == key {
		return int(p >> tinyTokensShift)
	}
	return 0
}

// with returns p with its number of tokens.
func (p tinyPiece) with(tokens int) tinyPiece { return p | tinyPiece(tokens)<<tinyTokensShift }

// shortKey returns the piece b[i:i+n] without a number of tokens, and a hash. b[i+15] must be there.
func shortKey(b []byte, i, n int) (key shortPiece, hash uint64) {
	b = b[i : i+16]
	key[0] = binary.LittleEndian.Uint64(b) & keepLow[n]
	key[1] = binary.LittleEndian.Uint64(b[8:])&keepHigh[n] | uint64(n)<<lengthShift
	hash = (key[0] ^ key[1]*0x9e3779b97f4a7c15) * 0xe7037ed1a0b428db
	return key, hash ^ hash>>32
}

// tokens returns how many tokens the piece key has if it is p, else 0.
func (p *shortPiece) tokens(key shortPiece) int {
	if p[0] == key[0] && p[1]&keyMask == key[1] {
		return int(p[1] >> tokensShift)
	}
	return 0
}

// with returns p with its number of tokens.
func (p shortPiece) with(tokens int) shortPiece {
	return shortPiece{p[0], p[1] | uint64(tokens)<<tokensShift}
}

// longKey is shortKey for a piece of more than maxShort bytes, anywhere in b.
func longKey(b []byte, i, n int) (key longPiece, hash uint64) {
	for k := range key {
		if left := n - 8*k; left > 0 {
			key[k] = load8(b, i+8*k) & keep[min(left, 8)]
		}
	}
	key[3] |= uint64(n) << lengthShift
	return key, mix(mix(key[0]^mix(key[1])) ^ key[2] ^ mix(key[3]))
}

// find returns how many tokens a piece has, 0 if it is not known.
func (s *shortSet) find(key shortPiece) int {
	for k := range s {
		if tokens := s[k].tokens(key); tokens > 0 {
			up := max(k-1, 0)
			s[up], s[k] = s[k], s[up]
			return tokens
		}
	}
	return 0
}

func (s *shortSet) add(key shortPiece, tokens int) {
	s[len(s)-1] = key.with(tokens)
}

func (s *longSet) find(key longPiece) int {
	for k := range s {
		if p := &s[k]; p[0] == key[0] && p[1] == key[1] && p[2] == key[2] && p[3]&keyMask == key[3] {
			tokens := int(p[3] >> tokensShift)
			s[0], s[k] = s[k], s[0]
			return tokens
		}
	}
	return 0
}

func (s *longSet) add(key longPiece, tokens int) {
	key[3] |= uint64(tokens) << tokensShift
	s[len(s)-1] = key
}

package bpe

import "math/bits"

// runs holds the tokens that are one byte many times, by byte and length: in a row of spaces every length is a token,
// and looking each up by its bytes is dear.
type runs [256][]token

// longestRun is the most bytes of a token that is looked up here.
const longestRun = 128

// add adds a token if it is a run.
func (r *runs) add(b []byte, t token) {
	n := len(b)
	if n > longestRun || runLength(b, 0, n) < n {
		return
	}
	of := &r[b[0]]
	for len(*of) <= n {
		*of = append(*of, noLimit)
	}
	(*of)[n] = t
}

// find returns the token that is n times the byte c.
func (r *runs) find(c byte, n int) (token, bool) {
	if of := r[c]; n < len(of) {
		return of[n], of[n] != noLimit
	}
	return 0, false
}

// runLength returns how often b[i] is repeated from there on, up to most.
func runLength(b []byte, i, most int) int {
	same := uint64(b[i]) * eachByte
	for n := 0; n < most; n += 8 {
		if differ := load8(b, i+n) ^ same; differ != 0 {
			return min(n+bits.TrailingZeros64(differ)>>3, most)
		}
	}
	return most
}

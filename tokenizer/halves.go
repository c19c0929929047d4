package tokenizer

import "strconv"

// halves are the two tokens whose merge makes a token. Its zero value means not known yet.
type halves uint64

func halvesOf(left, right token) halves { return halves(left)<<34 | halves(right)<<2 | 2 }

func (h halves) tokens() (left, right token) { return token(h >> 34), token(h >> 2) }

// split returns the two halves of a token of more than one byte. They are found when first asked for, and
// kept: whoever else is looking at the same time finds the same, so a plain atomic store will do.
func (v *vocabulary) split(t token) (left, right token) {
	h := halves(v.halves[t].Load())
	if h == 0 {
		h = v.findHalves(t)
		v.halves[t].Store(uint64(h))
	}
	return h.tokens()
}

func (v *vocabulary) findHalves(t token) halves {
	start, end := int(v.starts[t]), int(v.starts[t+1])
	for at := end - 1; at > start; at-- {
		left, ok := v.find(v.bytes, start, at-start)
		if !ok || left >= t {
			continue
		}
		right, ok := v.find(v.bytes, at, end-at)
		if ok && right < t && v.agree(v.bytes, at, left, right, t) {
			return halvesOf(left, right)
		}
	}
	panic("tokenizer: not a byte-pair vocabulary: no merge makes token " + strconv.Itoa(int(t)))
}

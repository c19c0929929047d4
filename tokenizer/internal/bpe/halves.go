package bpe

import "strconv"

// halves are the two tokens whose merge makes a token: the left one, its length, the right one. Zero means not
// known yet; no half has no length.
type halves uint64

func halvesOf(left token, length int, right token) halves {
	return halves(left)<<(lengthBits+tokenBits) | halves(length)<<tokenBits | halves(right)
}

func (h halves) left() (t token, length int) {
	return token(h >> (lengthBits + tokenBits)), int(h >> tokenBits & (1<<lengthBits - 1))
}

func (h halves) right() token { return token(h & tokenMask) }

// split returns the two halves of a token of more than one byte. They are found when first asked for, and
// kept: whoever else is looking at the same time finds the same, so a plain atomic store will do.
func (v *vocabulary) split(t token) halves {
	h := halves(v.halves[t].Load())
	if h == 0 {
		h = v.findHalves(t)
		v.halves[t].Store(uint64(h))
	}
	return h
}

func (v *vocabulary) findHalves(t token) halves {
	start, end := v.span(t)
	for at := end - 1; at > start; at-- {
		left, ok := v.find(v.bytes, start, at-start)
		if !ok || left >= t {
			continue
		}
		right, ok := v.find(v.bytes, at, end-at)
		if ok && right < t && v.agree(v.bytes, start, at, end, left, right, t) {
			return halvesOf(left, at-start, right)
		}
	}
	panic("bpe: not a byte-pair vocabulary: no merge makes token " + strconv.Itoa(int(t)))
}

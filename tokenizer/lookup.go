package tokenizer

import "bytes"

// size returns how many numbers there are, those without a token included.
func (v *vocabulary) size() int { return len(v.starts) - 1 }

// len returns the length of a token in bytes.
func (v *vocabulary) len(t token) int { return int(v.starts[t+1] - v.starts[t]) }

// tag is the part of a hash that slots keep, in place.
func tag(h uint64) uint32 { return uint32(h>>(64-32+tokenBits)) << tokenBits }

// find returns the token whose bytes are b[i:i+n].
func (v *vocabulary) find(b []byte, i, n int) (token, bool) {
	h := hash(b, i, n)
	mask := uint64(len(v.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		slot := v.slots[at]
		if slot == 0 {
			return 0, false
		}
		if slot&^tokenMask == tag(h) {
			if t := token(slot&tokenMask) - 1; v.equal(t, b, i, n) {
				return t, true
			}
		}
	}
}

// equal reports whether b[i:i+n] are the bytes of t.
func (v *vocabulary) equal(t token, b []byte, i, n int) bool {
	start, end := int(v.starts[t]), int(v.starts[t+1])
	if end-start != n {
		return false
	}
	if n <= 8 {
		return (load8(v.bytes, start)^load8(b, i))&keep[n] == 0
	}
	return bytes.Equal(v.bytes[start:end], b[i:i+n])
}

// prefixKey is the key of the three bytes at b[i].
func prefixKey(b []byte, i int) uint32 {
	return 1<<24 | uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16
}

// prefix returns the entry of the three bytes at b[i], which is a free one if no token begins with them.
func (v *vocabulary) prefix(b []byte, i int) *prefix {
	key := prefixKey(b, i)
	mask := uint32(len(v.prefixes) - 1)
	for at := key * 0x9e3779b1 >> 8 & mask; ; at = (at + 1) & mask {
		if p := &v.prefixes[at]; p.key == key || p.key == 0 {
			return p
		}
	}
}

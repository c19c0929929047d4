package bpe

import "bytes"

// A vocabulary of 200,000 tokens is larger than a core's caches, so what a look-up costs is the cache lines it
// touches. Two thirds of the tokens have up to seven bytes, and those fit with their number into one word.

// shortTable holds tokens of up to maxInline bytes. Scrambling is one to one: the place in the table stands for
// the upper bits of the scrambled key and the slot holds the rest of them, so a match needs no second look. From the
// top: the rest of the key, the distance from the home place (distanceBits), 1 + token (tokenBits); 0 is free.
type shortTable []uint64

const (
	tokenBits    = 18
	tokenMask    = 1<<tokenBits - 1
	maxInline    = 7
	keyBits      = 59 // seven bytes and the length
	shortBits    = 18 // of a home place; fewer, and a slot could not hold the rest of the key
	distanceBits = 5
	maxDistance  = 1<<distanceBits - 1
)

func newShortTable() shortTable { return make([]uint64, 1<<shortBits+maxDistance) }

// filter tells of most strings that are no token that they are not, from a quarter of a megabyte that stays in a core's
// cache. Looking for the longest token and for merges across a seam mostly finds none.
type filter []uint64

const filterBits = 21

func (f filter) add(h uint64)          { f[h>>6&uint64(len(f)-1)] |= 1 << (h & 63) }
func (f filter) mayHave(h uint64) bool { return f[h>>6&uint64(len(f)-1)]>>(h&63)&1 != 0 }

// inlineKey is the word that stands for b[i:i+n], n <= maxInline.
func inlineKey(b []byte, i, n int) uint64 { return load8(b, i)&keep[n] | uint64(n)<<56 }

// scramble permutes the keys: each step can be undone.
func scramble(key uint64) uint64 {
	const mask = 1<<keyBits - 1
	key = key * 0x9e3779b97f4a7c15 & mask
	key ^= key >> 29
	return key * 0xe7037ed1a0b428db & mask
}

// slot returns the home place of a scrambled key and what its slot there holds above the token.
func (s shortTable) slot(key uint64) (place, rest uint64) {
	const shift = keyBits - shortBits
	return key >> shift, key & (1<<shift - 1) << distanceBits
}

// find looks for a scrambled key.
func (s shortTable) find(key uint64) (t token, ok bool) {
	place, want := s.slot(key)
	for _, slot := range s[place : place+maxDistance] {
		if slot>>tokenBits == want && slot != 0 {
			return token(slot&tokenMask) - 1, true
		}
		if slot == 0 {
			break
		}
		want++
	}
	return 0, false
}

// add reports whether there was a free place near enough.
func (s shortTable) add(key uint64, t token) bool {
	place, rest := s.slot(key)
	for i := range uint64(maxDistance) {
		if s[place+i] == 0 {
			s[place+i] = (rest+i)<<tokenBits | uint64(t+1)
			return true
		}
	}
	return false
}

// longTable holds the other tokens. From the top a slot has bits of the hash, the place of the token's bytes
// (offsetBits), their number (lengthBits), 1 + token (tokenBits); 0 is free.
type longTable struct {
	slots []uint64
	bytes []byte // of all tokens
}

const (
	lengthBits = 8
	offsetBits = 21
	tagShift   = tokenBits + lengthBits + offsetBits
)

func newLongTable(tokens int, b []byte) longTable {
	size := 1 << 10
	for size < tokens {
		size *= 2
	}
	return longTable{slots: make([]uint64, size), bytes: b}
}

// find looks for b[i:i+n], whose hash is h.
func (l *longTable) find(h uint64, b []byte, i, n int) (t token, ok bool) {
	mask := uint64(len(l.slots) - 1)
	for place := h & mask; ; place = (place + 1) & mask {
		slot := l.slots[place]
		if slot == 0 {
			return 0, false
		}
		if slot>>tagShift == h>>tagShift && int(slot>>tokenBits&(1<<lengthBits-1)) == n {
			at := int(slot >> (tokenBits + lengthBits) & (1<<offsetBits - 1))
			if bytes.Equal(l.bytes[at:at+n], b[i:i+n]) {
				return token(slot&tokenMask) - 1, true
			}
		}
	}
}

func (l *longTable) add(h uint64, t token, at, n int) {
	mask := uint64(len(l.slots) - 1)
	place := h & mask
	for l.slots[place] != 0 {
		place = (place + 1) & mask
	}
	l.slots[place] = h>>tagShift<<tagShift | uint64(at)<<(tokenBits+lengthBits) | uint64(n)<<tokenBits | uint64(t+1)
}

// prefixTable tells how long the tokens are that begin with given bytes. From the top a slot has bits of their hash
// (keyTag) and a set of lengths: bit n is for n bytes, bit 0 for more than maxListed, and bit 1, a length that needs no
// table, says that the next table has more. 0 is free; no key needs it, because no set is empty. Two beginnings may
// share a slot: a set that holds too much is safe.
type prefixTable struct{ slots []uint64 }

const (
	maxListed  = 39
	lengthMask = 1<<(maxListed+1) - 1
	goesOn     = 1 << 1
	keyTag     = 24
)

// stems are by how many first bytes a token is found: by the most of these that it has more of, so that a place where
// many long tokens begin is not tried for each of their lengths unless it goes on like them.
var stems = [...]int{3, 8, 16, 32}

// prefixBits are of the tables' sizes: the largest vocabulary, o200k_base, leaves more than half of each free.
var prefixBits = [len(stems)]int{16, 16, 13, 10}

func newPrefixTable(bits int) prefixTable { return prefixTable{make([]uint64, 1<<bits)} }

// slot returns the place for a beginning whose hash is h, and its key.
func (p *prefixTable) slot(h uint64) (place *uint64, key uint64) {
	mask := uint64(len(p.slots) - 1)
	key = h >> (64 - keyTag)
	for at := h & mask; ; at = (at + 1) & mask {
		if place = &p.slots[at]; *place>>(maxListed+1) == key || *place == 0 {
			return place, key
		}
	}
}

// lengths returns the set for a beginning.
func (p *prefixTable) lengths(h uint64) uint64 {
	place, _ := p.slot(h)
	return *place & lengthMask
}

// add adds to the set of a beginning.
func (p *prefixTable) add(h, set uint64) {
	place, key := p.slot(h)
	*place |= key<<(maxListed+1) | set
}

// addPrefixes adds the token b[i:i+n] to the tables of its beginnings. Only the longer ones are in the filter, too:
// most of the shortest are beginnings of some token.
func (v *vocabulary) addPrefixes(b []byte, i, n int) {
	for k, stem := range stems {
		h := hash(b, i, stem)
		if k > 0 {
			v.filter.add(h)
		}
		if k == len(stems)-1 || n <= stems[k+1] {
			if n > maxListed {
				n = 0
			}
			v.prefixes[k].add(h, 1<<n)
			return
		}
		v.prefixes[k].add(h, goesOn)
	}
}

// tokenLengths returns the set of the lengths that tokens at b[i], where there is room for so many bytes, may have.
func (v *vocabulary) tokenLengths(b []byte, i, room int) uint64 {
	lengths := uint64(1<<1 | 1<<2)
	for k, stem := range stems {
		if room < stem {
			break
		}
		h := hash(b, i, stem)
		if k > 0 && !v.filter.mayHave(h) {
			break
		}
		more := v.prefixes[k].lengths(h)
		lengths |= more
		if more&goesOn == 0 {
			break
		}
	}
	return lengths
}

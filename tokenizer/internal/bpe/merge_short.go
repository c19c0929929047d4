package bpe

// mergeShort returns how many tokens the short piece b[i:i+n] has, n <= maxShort, by merging as it is defined: that
// takes more steps than encode, but cheaper ones, and a word that is no token is mostly short.
func (v *vocabulary) mergeShort(b []byte, i, n int) int {
	var (
		starts [maxShort + 2]uint8 // of the parts, and the end of the last
		ranks  [maxShort + 2]token // of each part with the next
	)
	for k := range n - 1 {
		starts[k] = uint8(k)
		ranks[k] = v.couples[int(b[i+k])<<8|int(b[i+k+1])]
	}
	starts[n-1], starts[n] = uint8(n-1), uint8(n)
	for ; n > 1; n-- {
		best, at := noLimit, 0
		for k, rank := range ranks[:n-1] {
			if rank < best {
				best, at = rank, k
			}
		}
		if best == noLimit {
			break
		}
		copy(starts[at+1:], starts[at+2:n+1])
		copy(ranks[at:], ranks[at+1:n-1])
		if at > 0 {
			ranks[at-1] = v.rank(b, i+int(starts[at-1]), int(starts[at+1]-starts[at-1]))
		}
		if at < n-2 {
			ranks[at] = v.rank(b, i+int(starts[at]), int(starts[at+2]-starts[at]))
		}
	}
	return n
}

// rank returns the token that is b[i:i+n], noLimit if there is none.
func (v *vocabulary) rank(b []byte, i, n int) token {
	if t, ok := v.seek(b, i, n); ok {
		return t
	}
	return noLimit
}

package bpe

// r50kSplitter is the pattern of r50k_base and p50k_base:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
type r50kSplitter struct{ pattern }

func (p r50kSplitter) cut(b []byte, i int, ends []int) (n int) {
	for n < len(ends) && i < len(b) {
		i = p.next(b, i)
		ends[n] = i
		n++
	}
	return n
}

func (p r50kSplitter) next(b []byte, i int) int {
	if end := plainContraction(b, i); end > i {
		return end
	}
	j := i
	if b[i] == ' ' && i+1 < len(b) {
		j++
	}
	switch c, _ := p.classes.at(b, j); {
	case c.is(letters):
		j, _ = p.run(b, j, letters)
	case c == number:
		j, _ = p.run(b, j, 1<<number)
	case c.is(symbols):
		j, _ = p.run(b, j, symbols)
	default:
		return p.blanks(b, i)
	}
	return j
}

// plainContraction is 's|'t|'re|'ve|'m|'ll|'d at b[i], in lower case only; i if there is none.
func plainContraction(b []byte, i int) int {
	end := contraction(b, i)
	for _, c := range b[i:end] {
		if c >= 0x80 || c >= 'A' && c <= 'Z' {
			return i
		}
	}
	return end
}

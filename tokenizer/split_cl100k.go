package tokenizer

// cl100kSplitter is the pattern of cl100k_base:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
//	\s*[\r\n]+|\s+(?!\S)|\s+
type cl100kSplitter struct{ pattern }

func (p cl100kSplitter) next(b []byte, i int) int {
	if end := contraction(b, i); end > i {
		return end
	}
	c, size := p.classes.at(b, i)
	if c.is(letters) {
		end, _ := p.run(b, i, letters)
		return end
	}
	if c == number {
		return p.numbers(b, i)
	}
	if !isLineEnd(b[i]) {
		if end, n := p.run(b, i+size, letters); n > 0 {
			return end
		}
	}
	if end := p.symbols(b, i); end > i {
		for end < len(b) && isLineEnd(b[end]) {
			end++
		}
		return end
	}
	return p.lines(b, i)
}

// symbols is " ?[^\s\p{L}\p{N}]+" at b[i], or i if there is none.
func (p pattern) symbols(b []byte, i int) int {
	start := i
	if b[i] == ' ' {
		start++
	}
	if end, n := p.run(b, start, symbols); n > 0 {
		return end
	}
	return i
}

package bpe

// cl100kSplitter is the pattern of cl100k_base:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
//	\s*[\r\n]+|\s+(?!\S)|\s+
type cl100kSplitter struct{ pattern }

func (p cl100kSplitter) cut(b []byte, i int, ends []int) (n int) {
	for n < len(ends) && i < len(b) {
		end := p.ascii(b, i)
		if end == 0 {
			end = p.next(b, i)
		}
		ends[n] = end
		i = end
		n++
	}
	return n
}

// ascii is next where all that matters is ASCII, and 0 elsewhere.
func (p cl100kSplitter) ascii(b []byte, i int) int {
	kind, j := asciiKinds[b[i]], i
	if kind&isLetter == 0 {
		if kind == isDigit {
			return asciiDigits(b, i)
		}
		if kind == isEnd {
			return asciiLines(b, i)
		}
		if kind == isBeyond {
			return 0
		}
		j++
		if j == len(b) {
			return j
		}
		if b[i] == '\'' {
			if end := contraction(b, i); end > i {
				return end
			}
		}
		if next := asciiKinds[b[j]]; next&isLetter == 0 {
			return p.asciiSymbols(b, i, kind, next)
		}
	}
	j = letterRun(b, j)
	if j < len(b) && b[j] >= 0x80 {
		return 0
	}
	return j
}

// asciiSymbols is ascii at a blank or symbol b[i] with no letter after it; next is the kind of b[i+1].
func (p cl100kSplitter) asciiSymbols(b []byte, i int, kind, next asciiKind) int {
	if next == isBeyond {
		return 0
	}
	if kind == isBlank && (b[i] != ' ' || next != isSymbol) {
		return asciiLines(b, i)
	}
	end, stop := asciiRun(b, i+1, isSymbol)
	if stop == isBeyond {
		return 0
	}
	for end < len(b) && isLineEnd(b[end]) {
		end++
	}
	return end
}

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

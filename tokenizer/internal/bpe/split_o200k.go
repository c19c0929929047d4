package bpe

// o200kSplitter is the pattern of o200k_base, with U for [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], L for
// [\p{Ll}\p{Lm}\p{Lo}\p{M}] and C for (?i:'s|'t|'re|'ve|'m|'ll|'d):
//
//	[^\r\n\p{L}\p{N}]?U*L+C?|[^\r\n\p{L}\p{N}]?U+L*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|
//	\s*[\r\n]+|\s+(?!\S)|\s+
type o200kSplitter struct{ pattern }

func (p o200kSplitter) cut(b []byte, i int, ends []int) (n int) {
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
func (p o200kSplitter) ascii(b []byte, i int) int {
	kind, j := asciiKinds[b[i]], i
	if kind&isLetter == 0 {
		if kind&(isDigit|isEnd|isBeyond) != 0 {
			if kind == isDigit {
				return asciiDigits(b, i)
			}
			if kind == isEnd {
				return asciiLines(b, i)
			}
			return 0
		}
		j++
		if j == len(b) {
			return j
		}
		next := asciiKinds[b[j]]
		if next&isLetter == 0 {
			return p.asciiSymbols(b, i, kind, next)
		}
		kind = next
	}
	if kind == isUpper {
		j, _ = asciiRun(b, j+1, isUpper)
	}
	j = lowerRun(b, j)
	if j < len(b) {
		if b[j] == '\'' {
			return contraction(b, j)
		}
		if b[j] >= 0x80 {
			return 0
		}
	}
	return j
}

// asciiSymbols is ascii at a blank or symbol b[i] with no letter after it; next is the kind of b[i+1].
func (p o200kSplitter) asciiSymbols(b []byte, i int, kind, next asciiKind) int {
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
	for end < len(b) && (isLineEnd(b[end]) || b[end] == '/') {
		end++
	}
	return end
}

func (p o200kSplitter) next(b []byte, i int) int {
	c, size := p.classes.at(b, i)
	if c == number {
		return p.numbers(b, i)
	}
	if end := p.wordAfter(b, i, c, size); end > i {
		return contraction(b, end)
	}
	if end := p.symbols(b, i); end > i {
		for end < len(b) && (isLineEnd(b[end]) || b[end] == '/') {
			end++
		}
		return end
	}
	return p.lines(b, i)
}

// wordAfter is the first two alternatives at b[i], a character of class c that is not a number, without
// the contraction; i if there is no match.
func (p o200kSplitter) wordAfter(b []byte, i int, c class, size int) int {
	if c.is(letters) {
		end, _ := p.word(b, i)
		return end
	}
	if isLineEnd(b[i]) {
		return i
	}
	end, whole := p.word(b, i+size)
	// A mark may lead a word or begin one; the first alternative prefers any word that has a tail.
	if c == mark && !whole {
		end, _ = p.word(b, i)
		return end
	}
	if end > i+size {
		return end
	}
	return i
}

// word matches U*L+, or else U+L*, at b[i]. It returns the end, i if there is no match, and whether it was
// the first that matched.
func (p o200kSplitter) word(b []byte, i int) (end int, whole bool) {
	caseless := i // end of the last character that is of both halves
	for end = i; end < len(b); {
		c, size := p.classes.at(b, end)
		if c == lower {
			end, _ = p.run(b, end, tail)
			return end, true
		}
		if !c.is(head) {
			break
		}
		end += size
		if c != upper {
			caseless = end
		}
	}
	// No tail of its own: the head gives back down to the last character that can serve as one.
	if caseless > i {
		return caseless, true
	}
	return end, false
}

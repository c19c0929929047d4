package tokenizer

// kind is what kind of text a piece is, as far as vocabularies differ on it.
type kind int

const (
	plainText   kind = iota // ASCII but for numbers
	digits                  // ASCII numbers: some vocabularies split each digit off, some three
	nearLetters             // up to U+04FF: accented Latin, Greek, Cyrillic
	farLetters              // up to U+07FF: Armenian, Hebrew, Arabic
	syllables               // up to U+2FFF: Indic scripts, Thai, Georgian, Vietnamese; typographic marks
	eastAsian               // up to U+FFFF: Chinese, Japanese, Korean
	beyond                  // emoji and all else
	kinds
)

// profile says how many tokens of o200k_base, and how many bytes, a text has of each kind; and how many bytes are in
// long runs, which are not in the kinds.
type profile struct {
	tokens, bytes [kinds]int64
	runs          int64
}

// profile measures text.
func (e *encoder) profile(text string) (p profile) {
	m := e.borrow()
	defer e.giveBack(m)
	b := valid(text)
	for i := 0; i < len(b); {
		n := e.split.cut(b, i, m.ends[:])
		for k, end := range m.ends[:n] {
			if isRun(b[i:end]) {
				p.runs += int64(end - i)
			} else {
				kind := kindOf(b, i, end)
				p.tokens[kind] += int64(e.countPieces(m, b, i, m.ends[k:k+1]))
				p.bytes[kind] += int64(end - i)
			}
			i = end
		}
	}
	return p
}

// isRun reports whether a piece is long and begins by repeating up to four bytes. Its first byte may be another: a
// space before dashes.
func isRun(piece []byte) bool {
	const long = 16
	if len(piece) < long {
		return false
	}
	piece = piece[1:long]
	for period := 1; period <= 4; period++ {
		if string(piece[period:]) == string(piece[:len(piece)-period]) {
			return true
		}
	}
	return false
}

// kindOf returns the kind of the piece b[i:end], that of its longest character.
func kindOf(b []byte, i, end int) kind {
	if c := b[i]; c >= '0' && c <= '9' {
		return digits
	}
	lead := byte(0)
	for ; i < end; i += 8 {
		if load8(b, i)&keep[min(end-i, 8)]&highBits != 0 {
			for _, c := range b[i:min(i+8, end)] {
				lead = max(lead, c)
			}
		}
	}
	switch {
	case lead < 0x80:
		return plainText
	case lead < 0xd4:
		return nearLetters
	case lead < 0xe0:
		return farLetters
	case lead < 0xe3:
		return syllables
	case lead < 0xf0:
		return eastAsian
	default:
		return beyond
	}
}

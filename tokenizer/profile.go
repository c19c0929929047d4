package tokenizer

import (
	"context"
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/bpe"
)

// kind is what kind of text a piece is, as far as vocabularies differ on it.
type kind int

const (
	plainText   kind = iota // ASCII but for what follows: words, symbols
	joints                  // one or two letters joined to symbols: one token here, one for each byte elsewhere
	lines                   // ends of lines, and the blanks or symbols before them
	blanks                  // two or more others of ASCII's: indentation
	digits                  // ASCII numbers: some vocabularies split each digit off, some three
	nearLetters             // up to U+04FF: accented Latin, Greek, Cyrillic
	farLetters              // up to U+07FF: Armenian, Hebrew, Arabic
	shorts                  // one or two letters of both, and what is joined to them
	syllables               // up to U+2FFF: Indic scripts, Thai, Georgian, Vietnamese; typographic marks
	eastAsian               // up to U+FFFF: Chinese, Japanese, Korean
	beyond                  // emoji and all else
	odd                     // of any script, what normal forms make longer, and wide blanks
	kinds
)

// profile says how many tokens of o200k_base, and how many bytes, a text has of each kind; and how many bytes are in
// long runs, of ASCII and of other characters, which are not in the kinds.
type profile struct {
	tokens, bytes     [kinds]int64
	runs, foreignRuns int64
}

// profileOf measures text. The error is ctx's cause, if ctx ends before all is measured.
func profileOf(ctx context.Context, text string) (p profile, err error) {
	err = bpe.O200kBase().Pieces(ctx, text, func(some bpe.Pieces) { p.add(&some) })
	return p, err
}

// add adds some pieces.
func (p *profile) add(some *bpe.Pieces) {
	start := some.Start
	for k, end := range some.Ends {
		piece := some.Text[start:end]
		of := foreignKindOf
		if isASCII(some.Text, start, end) {
			of = asciiKindOf
		}
		what := of(piece)
		switch run := what != odd && isRun(piece); {
		case run && what < nearLetters:
			p.runs += int64(len(piece))
		case run:
			p.foreignRuns += int64(len(piece))
		default:
			p.tokens[what] += int64(some.Tokens(start, k))
			p.addBytes(what, piece)
		}
		start = end
	}
}

// addBytes adds a piece's bytes to its kind, but for line ends after symbols that are not ASCII: those are lines.
func (p *profile) addBytes(k kind, piece []byte) {
	n := len(piece)
	if k >= nearLetters {
		for ; isLineEnd(piece[n-1]); n-- {
			p.bytes[lines]++
		}
	}
	p.bytes[k] += int64(n)
}

// foreign is how many bytes are in pieces that are not all ASCII.
func (p *profile) foreign() int64 {
	n := p.foreignRuns
	for _, bytes := range p.bytes[nearLetters:] {
		n += bytes
	}
	return n
}

// ascii is how many bytes are in the other pieces.
func (p *profile) ascii() int64 {
	n := p.runs
	for _, bytes := range p.bytes[:nearLetters] {
		n += bytes
	}
	return n
}

// isRun reports whether a piece is long and repeats up to eight bytes near its beginning. The first may be others:
// a space before dashes, a letter before its hundred accents.
func isRun(piece []byte) bool {
	const skip, long, most = 4, 24, 8
	if len(piece) < long {
		return len(piece) >= 16 && periodic(piece[1:16], 4)
	}
	return periodic(piece[skip:long], most)
}

// periodic reports whether s repeats its first bytes, up to longest of them.
func periodic(s []byte, longest int) bool {
	for period := 1; period <= longest; period++ {
		if string(s[period:]) == string(s[:len(s)-period]) {
			return true
		}
	}
	return false
}

// isASCII reports whether text[start:end] is. It looks at eight bytes at a time, because it is asked about every piece.
func isASCII(text []byte, start, end int) bool {
	const highBits = 0x8080808080808080
	for ; end-start >= 8; start += 8 {
		if binary.LittleEndian.Uint64(text[start:])&highBits != 0 {
			return false
		}
	}
	if start+8 <= len(text) {
		return binary.LittleEndian.Uint64(text[start:])<<(64-8*(end-start))&highBits == 0
	}
	for _, c := range text[start:end] {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// foreignKindOf returns the kind of a piece that is not all ASCII: odd if it has one such character, or else that of
// its longest.
func foreignKindOf(piece []byte) kind {
	lead := slices.Max(piece)
	switch {
	case lead >= 0xcd && isOdd(piece):
		return odd
	case lead < 0xe0 && len(piece) <= maxShorts:
		return shorts
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

// maxShorts is the most bytes of a piece of kind shorts: two letters and a symbol.
const maxShorts = 5

// asciiKindOf returns the kind of a piece of ASCII.
func asciiKindOf(piece []byte) kind {
	switch {
	case isDigit(piece[0]):
		return digits
	case endsLine(piece):
		return lines
	case len(piece) > 1 && piece[0] <= ' ' && piece[1] <= ' ':
		return blanks
	case isJoint(piece):
		return joints
	}
	return plainText
}

// endsLine reports whether a piece has line ends, which only slashes follow.
func endsLine(piece []byte) bool {
	n := len(piece) - 1
	for n > 0 && piece[n] == '/' {
		n--
	}
	return isLineEnd(piece[n])
}

// isJoint reports whether a piece joins symbols with one or two letters, or has a control character. o200k_base has
// ",Y" and "-a" and "\tx" as tokens, and others have not.
func isJoint(piece []byte) bool {
	if piece[0] == ' ' && isLetter(piece[len(piece)-1]) {
		return false
	}
	letters, joins := 0, piece[0] == '\t'
	for _, c := range piece {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
		switch {
		case isLetter(c):
			if letters++; letters > 2 {
				return false
			}
		case c > ' ' && !isDigit(c):
			joins = true
		}
	}
	return joins && letters > 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLineEnd(c byte) bool { return c == '\n' || c == '\r' }

// isOdd reports whether a piece has a character of kind odd.
func isOdd(piece []byte) bool {
	for i := 0; i < len(piece); {
		switch lead := piece[i]; {
		case lead < 0x80:
			i++
		case lead < 0xe0:
			if lead == 0xcd && piece[i+1] == 0x84 { // U+0344
				return true
			}
			i += 2
		case lead >= 0xe4 && lead < 0xef: // Han and Hangul, of which none is odd
			i += 3
		default:
			r, n := utf8.DecodeRune(piece[i:])
			if unicode.Is(oddities, r) || len(piece) <= 4 && unicode.Is(unicode.Cf, r) {
				return true
			}
			i += n
		}
	}
	return false
}

// oddities has every character of three or four bytes that NFC makes longer, and the blocks with those that NFKC
// makes much longer: ligatures, squared words, digits in brackets; by the tables of Unicode 16. Blanks that are not
// ASCII's may be a token or three bytes each.
var oddities = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0958, 0x095f, 1}, {0x09dc, 0x09dd, 1}, {0x09df, 0x09df, 1}, {0x0a33, 0x0a36, 3}, {0x0a59, 0x0a5b, 1},
		{0x0a5e, 0x0a5e, 1}, {0x0b5c, 0x0b5d, 1}, {0x0f43, 0x0f4d, 10}, {0x0f52, 0x0f5c, 5}, {0x0f69, 0x0f69, 1},
		{0x0f73, 0x0f79, 1}, {0x0f81, 0x0f81, 1}, {0x0f93, 0x0f9d, 10}, {0x0fa2, 0x0fac, 5}, {0x0fb9, 0x0fb9, 1},
		{0x2000, 0x200a, 1}, {0x2150, 0x2189, 1}, {0x222c, 0x2230, 1}, {0x2474, 0x2490, 1}, {0x2a0c, 0x2a0c, 1}, {0x2adc, 0x2adc, 1}, {0x3000, 0x3000, 1}, {0x3200, 0x33ff, 1},
		{0xfa6c, 0xfa6c, 1}, {0xfacf, 0xfad7, 1}, {0xfb13, 0xfb4f, 1}, {0xfbd0, 0xfdff, 1}, {0xfe70, 0xfefc, 1},
		{0xff10, 0xff19, 1}, {0xff21, 0xff3a, 1}, {0xff41, 0xff5a, 1},
	},
	R32: []unicode.Range32{{0x1d15e, 0x1d164, 1}, {0x1d1bb, 0x1d1c0, 1}, {0x1f110, 0x1f12a, 1}, {0x1f200, 0x1f248, 1}},
}

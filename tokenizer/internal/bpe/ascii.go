package bpe

import "math/bits"

// Most text is ASCII, where a piece is found without looking anything up but a byte's kind. The functions in
// this file decide as long as every byte they depend on is ASCII; they return 0 where one is not, and the
// splitter starts over with whole characters.

// asciiKind is what a byte is to the fast path; kinds are flags so that a set is tested at once.
type asciiKind uint8

const (
	isUpper  asciiKind = 1 << iota
	isLower            //
	isDigit            //
	isBlank            // white space but for line ends
	isEnd              // \r and \n
	isSymbol           // all other ASCII
	isBeyond           // not ASCII
	isLetter = isUpper | isLower
	isSpace  = isBlank | isEnd
)

var asciiKinds = func() (kinds [256]asciiKind) {
	for c := range kinds {
		switch {
		case c >= 0x80:
			kinds[c] = isBeyond
		case c >= 'A' && c <= 'Z':
			kinds[c] = isUpper
		case c >= 'a' && c <= 'z':
			kinds[c] = isLower
		case c >= '0' && c <= '9':
			kinds[c] = isDigit
		case c == '\r' || c == '\n':
			kinds[c] = isEnd
		case c == ' ' || c >= '\t' && c <= '\f':
			kinds[c] = isBlank
		default:
			kinds[c] = isSymbol
		}
	}
	return kinds
}()

const (
	eachByte = 0x0101010101010101
	highBits = 0x80 * eachByte
)

// lowerRun returns the end of the ASCII lower-case letters that start at b[i].
func lowerRun(b []byte, i int) int {
	for i < len(b) {
		word := load8(b, i)
		low := word &^ highBits
		// The high bit of a byte of the sums tells whether it is at least 'a', and whether it is above 'z'.
		in := (low + (0x80-'a')*eachByte) &^ (low + (0x7f-'z')*eachByte) &^ word & highBits
		if in != highBits {
			return i + bits.TrailingZeros64(in^highBits)>>3
		}
		i += 8
	}
	return len(b)
}

// letterRun is lowerRun for letters of both cases.
func letterRun(b []byte, i int) int {
	for i < len(b) {
		word := load8(b, i)
		low := (word | 0x20*eachByte) &^ highBits
		in := (low + (0x80-'a')*eachByte) &^ (low + (0x7f-'z')*eachByte) &^ word & highBits
		if in != highBits {
			return i + bits.TrailingZeros64(in^highBits)>>3
		}
		i += 8
	}
	return len(b)
}

// asciiRun returns the end of the bytes of one of kinds that start at b[i], and the kind of the byte there; 0 at
// the end of b.
func asciiRun(b []byte, i int, kinds asciiKind) (int, asciiKind) {
	for ; i < len(b); i++ {
		if k := asciiKinds[b[i]]; k&kinds == 0 {
			return i, k
		}
	}
	return i, 0
}

// asciiDigits is \p{N}{1,3} at an ASCII digit.
func asciiDigits(b []byte, i int) int {
	for range 3 {
		if i == len(b) {
			return i
		}
		k := asciiKinds[b[i]]
		if k == isBeyond {
			return 0
		}
		if k != isDigit {
			return i
		}
		i++
	}
	return i
}

// asciiLines is \s*[\r\n]+|\s+(?!\S)|\s+ at an ASCII space.
func asciiLines(b []byte, i int) int {
	end, k := asciiRun(b, i, isSpace)
	if k == isBeyond {
		return 0
	}
	for j := end; j > i; j-- {
		if asciiKinds[b[j-1]] == isEnd {
			return j
		}
	}
	if k == 0 || end == i+1 {
		return end
	}
	return end - 1
}

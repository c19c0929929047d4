package document

import (
	"bytes"
	"fmt"
)

// The bounds of a TOML document. They are looked at before the library decodes it, which takes time and memory that
// grow with the square of a key's parts, and stack that grows with the nesting.
const (
	maxKeyBytes = 512
	maxKeyParts = 16 // of a dotted key, or of a header
	maxNesting  = 32 // arrays and inline tables in each other
)

// boundTOML reports the first thing in doc that is beyond the bounds; most is how many items there may be. doc need not
// be TOML: what is read differently here than by the library stands behind a mistake at which that one stops.
func boundTOML(src *Source, doc []byte, most int) bool {
	b := bounds{scanner: scanner{doc: doc}, most: most, fresh: true}
	for b.wrong == "" && b.pos < len(doc) {
		b.token()
	}
	if b.wrong != "" {
		src.Add(placeAt(doc, b.at), "", b.wrong, "")
	}
	return b.wrong == ""
}

type bounds struct {
	scanner
	most int

	items  int
	depth  int  // brackets that are open
	parts  int  // of a key: dots so far
	fresh  bool // nothing stands before this on its line
	header bool // the line is one

	wrong string
	at    int // its offset
}

func (b *bounds) fail(at int, format string, args ...any) {
	b.wrong, b.at = fmt.Sprintf(format, args...), at
}

// token moves past one token.
func (b *bounds) token() {
	start, fresh := b.pos, b.fresh
	switch c := b.doc[b.pos]; c {
	case ' ', '\t', '\r', '\n', '#':
		b.blankLine()
		return
	case '"', '\'':
		if b.skipString(); b.pos-start > maxKeyBytes && b.isKey() {
			b.fail(start, "the key has %d bytes: the most is %d", b.pos-start, maxKeyBytes)
		}
	case '.':
		b.pos++
		b.item(start)
		if b.parts++; b.parts == maxKeyParts {
			b.fail(start, "the key has more than %d parts", maxKeyParts)
		}
	case '[', '{', ']', '}', ',', '=':
		b.pos++
		b.parts = 0
		b.mark(c, start, fresh)
	default:
		b.bare(start)
	}
	b.fresh = false
}

// blankLine moves past a space, a comment or the end of a line.
func (b *bounds) blankLine() {
	switch b.peek() {
	case '\n':
		b.pos++
		b.fresh, b.header, b.parts = true, false, 0
	case '#':
		if end := bytes.IndexByte(b.doc[b.pos:], '\n'); end >= 0 {
			b.pos += end
		} else {
			b.pos = len(b.doc)
		}
	default:
		b.pos++
	}
}

// mark takes note of a bracket, a comma or an equals sign.
func (b *bounds) mark(c byte, at int, fresh bool) {
	switch c {
	case '[', '{':
		if c == '[' && fresh && b.depth == 0 {
			b.header = true
			b.item(at)
		}
		if b.depth++; b.depth > maxNesting {
			b.fail(at, "arrays and tables are nested more than %d deep", maxNesting)
		}
	case ']', '}':
		b.depth = max(b.depth-1, 0)
	default:
		b.item(at)
	}
}

func (b *bounds) item(at int) {
	if b.items++; b.items > b.most {
		b.fail(at, "the file has more than %d keys and elements", b.most)
	}
}

// bare moves past text without quotes: a key, a number or a word.
func (b *bounds) bare(start int) {
	if end := bytes.IndexAny(b.doc[b.pos:], " \t\r\n#\"'.[]{},="); end >= 0 {
		b.pos += end
	} else {
		b.pos = len(b.doc)
	}
	if b.pos-start > maxKeyBytes {
		b.fail(start, "there are %d bytes without a space or quotes: the most is %d", b.pos-start, maxKeyBytes)
	}
}

// isKey reports whether the text that was just passed is a key, or a part of one.
func (b *bounds) isKey() bool {
	rest := bytes.TrimLeft(b.doc[b.pos:], " \t")
	return len(rest) > 0 && (rest[0] == '=' || rest[0] == '.' || b.header && rest[0] == ']')
}

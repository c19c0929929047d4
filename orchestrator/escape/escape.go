// Package escape makes text safe for a terminal. Answers, imported history and names may hold escape sequences, which a
// terminal obeys, and marks that turn the text around them. They are written as \u001b, say: in JSON that is the same
// text, so that nothing is lost, and elsewhere it shows what is there.
package escape

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Writer writes text with its control characters escaped. It may be used by many goroutines at once.
type Writer struct {
	W io.Writer // where it goes

	mu   sync.Mutex
	part []byte // the beginning of a character, whose rest is in the next write
}

// Unwrap returns where it goes.
func (e *Writer) Unwrap() io.Writer { return e.W }

func (e *Writer) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := b
	if len(e.part) > 0 {
		text = append(e.part, b...)
	}
	whole := len(text) - partial(text)
	part := append([]byte(nil), text[whole:]...)
	if whole > 0 {
		if _, err := e.W.Write(Bytes(text[:whole])); err != nil {
			return 0, err
		}
	}
	e.part = part
	return len(b), nil
}

// partial returns how many bytes at the end of text are the beginning of a character.
func partial(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// Bytes returns text with its control characters escaped, but for tabs and line ends: text itself if there are none.
// What is not UTF-8 becomes U+FFFD.
func Bytes(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(append(out, text[done:i]...), "\ufffd"...)
			done = i + size
		case isControl(r) && r != '\n' && r != '\t':
			out = fmt.Appendf(append(out, text[done:i]...), `\u%04x`, r)
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// isControl reports whether r is a control character (C0, DEL, C1), a line end of Unicode, or a mark of the
// bidirectional algorithm (Unicode Standard Annex #9, table 3 and section 2).
func isControl(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f, r == '\u061c', r == '\u200e', r == '\u200f':
		return true
	}
	return r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// Line is text for a cell or within a line: it has no line ends or tabs either.
func Line(text string) string {
	if strings.IndexFunc(text, isControl) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.NewReplacer("\n", `\u000a`, "\t", `\u0009`).Replace(string(Bytes([]byte(text))))
}

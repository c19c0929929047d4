package escape

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBytes(t *testing.T) {
	for text, want := range map[string]string{
		"plain, 日本語, é, 👩\u200d💻\n\tnext": "plain, 日本語, é, 👩\u200d💻\n\tnext",
		"":                               "",
		"\x1b[31mred\x1b[0m":             `\u001b[31mred\u001b[0m`,
		"\x1b]0;title\x07":               `\u001b]0;title\u0007`,
		"a\rb\x00c\x7fd":                 `a\u000db\u0000c\u007fd`,
		"\u0080 \u009b2J \u009f":         `\u0080 \u009b2J \u009f`,
		"\u202a\u202b\u202c\u202d\u202e": `\u202a\u202b\u202c\u202d\u202e`,
		"\u2066\u2067\u2068\u2069":       `\u2066\u2067\u2068\u2069`,
		"\u200e\u200f\u061c\u2028\u2029": `\u200e\u200f\u061c\u2028\u2029`,
		"\u00a0\u200b\u2027\u202f\u2065\u206a\ufeff": "\u00a0\u200b\u2027\u202f\u2065\u206a\ufeff",
		"\x9b2J \xc2": "\ufffd2J \ufffd",
	} {
		if got := string(Bytes([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for size := 1; size < 5; size++ { // whatever the pieces that it comes in
			var b bytes.Buffer
			e := &Writer{W: &b}
			for rest := []byte(text); len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if n, err := e.Write(rest[:min(size, len(rest))]); err != nil || n != min(size, len(rest)) {
					t.Fatal(n, err)
				}
			}
			if got := b.String() + strings.Repeat("\ufffd", min(len(e.part), 1)); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", text, size, got, want)
			}
		}
	}
}

// TestEscapedJSONIsTheSame: what a program reads is what there was.
func TestEscapedJSONIsTheSame(t *testing.T) {
	var text strings.Builder
	for r := range rune(0x2100) {
		text.WriteRune(r)
	}
	doc, err := json.Marshal(map[string]string{text.String(): text.String()})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	escaped := Bytes(doc)
	if err := json.Unmarshal(escaped, &got); err != nil || got[text.String()] != text.String() {
		t.Errorf("%v", err)
	}
	if bytes.ContainsFunc(escaped, isControl) || !utf8.Valid(escaped) {
		t.Error("a control character stayed")
	}
}

func TestWriterPassesErrorsOn(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if _, err := (&Writer{W: w}).Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"as it is": "as it is", "a\nb\tc": `a\u000ab\u0009c`, "\x1b[2J\r": `\u001b[2J\u000d`, "\xff": "\ufffd",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

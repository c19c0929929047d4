package command

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// head keeps the first bytes that are written to it, and drops the rest.
type head struct {
	most int
	kept []byte
	cut  bool
}

func (h *head) Write(b []byte) (int, error) {
	n := min(len(b), h.most-len(h.kept))
	h.kept = append(h.kept, b[:n]...)
	h.cut = h.cut || n < len(b)
	return len(b), nil
}

// tail keeps the last bytes that are written to it.
type tail struct{ kept []byte }

const maxTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b[max(0, len(b)-maxTail):]...)
	t.kept = t.kept[max(0, len(t.kept)-maxTail):]
	return len(b), nil
}

// lastLine is the last line that says something, as it may stand in an error: short, without what is secret.
func (t *tail) lastLine(secrets ...string) string {
	const most = 300
	lines := strings.Split(strings.ToValidUTF8(string(t.kept), ""), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		return shorten(conceal(line, secrets...), most)
	}
	return ""
}

// conceal takes secrets out of a text.
func conceal(text string, secrets ...string) string {
	for _, s := range secrets {
		if s = strings.TrimSpace(s); s != "" {
			text = strings.ReplaceAll(text, s, "[...]")
		}
	}
	return text
}

// shorten cuts a text to so many bytes, between characters.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// lines gives whole lines to a function as they are written. A line longer than most bytes is left out.
type lines struct {
	most    int
	each    func(line []byte)
	partial []byte
	skip    bool // until the end of the line
}

func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if len(l.partial)+len(line) > l.most {
			l.partial, l.skip = l.partial[:0], true
		} else {
			l.partial = append(l.partial, line...)
		}
		if !whole {
			break
		}
		l.end()
		b = rest
	}
	return n, nil
}

// end takes what was written as a line.
func (l *lines) end() {
	if line := bytes.TrimSpace(l.partial); !l.skip && len(line) > 0 {
		l.each(line)
	}
	l.partial, l.skip = l.partial[:0], false
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// firstArray returns the first array that a script assigns, as JSON. It knows the literals of data that a bundler
// writes and nothing else: objects with bare keys, arrays, strings in any quotes, numbers, !0 and !1.
func firstArray(script []byte) ([]byte, error) {
	const begins = "= ["
	at := bytes.Index(script, []byte(begins))
	if at < 0 {
		return nil, errors.New("no array is assigned")
	}
	l := literal{rest: string(script[at+len(begins)-1:])}
	if err := l.value(); err != nil {
		offset := len(script) - len(l.rest)
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(script[:offset], []byte("\n")), err)
	}
	return l.out.Bytes(), nil
}

// literal turns a JavaScript literal into JSON, token by token.
type literal struct {
	rest string
	out  bytes.Buffer
}

// next skips white space and returns the next byte without taking it; 0 is the end.
func (l *literal) next() byte {
	l.rest = strings.TrimLeft(l.rest, " \t\r\n")
	if l.rest == "" {
		return 0
	}
	return l.rest[0]
}

func (l *literal) value() error {
	switch c := l.next(); {
	case c == '{':
		return l.list('}', l.member)
	case c == '[':
		return l.list(']', l.value)
	case c == '"', c == '\'', c == '`':
		return l.text(c)
	case c == '!':
		return l.boolean()
	case c >= '0' && c <= '9', c == '-':
		word := l.word()
		l.out.WriteString(word)
		return nil
	default:
		return fmt.Errorf("unexpected %.20q", l.rest)
	}
}

// list reads elements until end, which closes it.
func (l *literal) list(end byte, element func() error) error {
	l.out.WriteByte(l.rest[0])
	l.rest = l.rest[1:]
	for first := true; ; first = false {
		switch c := l.next(); {
		case c == end:
			l.out.WriteByte(end)
			l.rest = l.rest[1:]
			return nil
		case !first && c == ',':
			l.rest = l.rest[1:]
			l.out.WriteByte(',')
		case !first:
			return fmt.Errorf("expected a comma or %q, got %.20q", end, l.rest)
		}
		if err := element(); err != nil {
			return err
		}
	}
}

func (l *literal) member() error {
	if c := l.next(); c == '"' || c == '\'' {
		if err := l.text(c); err != nil {
			return err
		}
	} else {
		key := l.word()
		if key == "" {
			return fmt.Errorf("expected a key, got %.20q", l.rest)
		}
		fmt.Fprintf(&l.out, "%q", key)
	}
	if l.next() != ':' {
		return fmt.Errorf("expected a colon, got %.20q", l.rest)
	}
	l.rest = l.rest[1:]
	l.out.WriteByte(':')
	return l.value()
}

// word takes letters, digits and what numbers have.
func (l *literal) word() string {
	end := strings.IndexFunc(l.rest, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_$.+-", r))
	})
	if end < 0 {
		end = len(l.rest)
	}
	word := l.rest[:end]
	l.rest = l.rest[end:]
	return word
}

func (l *literal) boolean() error {
	for short, long := range map[string]string{"!0": "true", "!1": "false"} {
		if rest, ok := strings.CutPrefix(l.rest, short); ok {
			l.rest = rest
			l.out.WriteString(long)
			return nil
		}
	}
	return fmt.Errorf("unexpected %.20q", l.rest)
}

// text reads a string. A template has nothing to insert here, and may have line ends.
func (l *literal) text(quote byte) error {
	escapable := quote
	if quote == '`' { // which strconv does not know
		escapable = 0
	}
	var s strings.Builder
	for rest := l.rest[1:]; rest != ""; {
		if rest[0] == quote {
			l.rest = rest[1:]
			encoded, err := json.Marshal(s.String())
			l.out.Write(encoded)
			return err
		}
		r, _, tail, err := strconv.UnquoteChar(rest, escapable)
		if err != nil || quote == '`' && strings.HasPrefix(rest, "${") {
			return fmt.Errorf("a string with %.20q", rest)
		}
		s.WriteRune(r)
		rest = tail
	}
	return errors.New("a string without an end")
}

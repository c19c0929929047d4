package orchestrator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Each reader returns the value of a key and reports what is wrong with it. A key that is absent or wrong
// gives nil, or the fallback where there is one.

func (t *table) text(key string) string {
	v, ok := t.take(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		t.wrongType(key, "a string", v, "")
	}
	return s
}

// required is text that must not be empty.
func (t *table) required(key, hint string) string {
	s := t.text(key)
	if v, present := t.keys[key]; s == "" && (!present || v == "") {
		t.mistake(key, "missing", hint)
	}
	return s
}

func (t *table) texts(key string) []string {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.wrongType(key, "an array of strings", v, `write ["a", "b"]`)
		return nil
	}
	out := make([]string, 0, len(list))
	for _, element := range list {
		s, ok := element.(string)
		if !ok {
			t.wrongType(key, "an array of strings", element, "")
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (t *table) boolean(key string, fallback bool) bool {
	v, ok := t.take(key)
	if !ok {
		return fallback
	}
	b, ok := v.(bool)
	if !ok {
		t.wrongType(key, "true or false", v, "")
		return fallback
	}
	return b
}

// choice is one of a few words; the first is the fallback.
func choice[T ~string](t *table, key string, options ...T) T {
	v, ok := t.take(key)
	if !ok {
		return options[0]
	}
	words := make([]string, len(options))
	quoted := make([]string, len(options))
	for i, option := range options {
		words[i], quoted[i] = string(option), strconv.Quote(string(option))
	}
	last := len(quoted) - 1
	expected := strings.Join(quoted[:last], ", ") + " or " + quoted[last]
	s, isText := v.(string)
	switch {
	case !isText:
		t.wrongType(key, expected, v, "")
	case !slices.Contains(words, s):
		hint := ""
		if near := nearest(s, words); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		t.mistake(key, fmt.Sprintf("expected %s, got %s", expected, quote(s)), hint)
	default:
		return T(s)
	}
	return options[0]
}

// integer is a whole number from low to high.
func (t *table) integer(key string, fallback, low, high int64) int64 {
	v, ok := t.take(key)
	if !ok {
		return fallback
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		t.wrongType(key, "an integer", v, "")
	case n < low || n > high:
		t.mistake(key, fmt.Sprintf("expected %d to %d, got %d", low, high, n), "")
	default:
		return n
	}
	return fallback
}

// number is a number from low to high, with decimals or without.
func (t *table) number(key string, low, high float64) *float64 {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	if n, isInt := v.(int64); isInt {
		v = float64(n)
	}
	f, ok := v.(float64)
	switch {
	case !ok:
		t.wrongType(key, "a number", v, "")
	case !(f >= low && f <= high): // so that NaN is refused
		t.mistake(key, fmt.Sprintf("expected %v to %v, got %v", low, high, f), "")
	default:
		return &f
	}
	return nil
}

// typeName says what a TOML or JSON value is.
func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case bool:
		return "a boolean"
	case []any, []map[string]any:
		return "an array"
	case map[string]any:
		return "a table"
	case time.Time:
		return "a date or time"
	case nil:
		return "null"
	}
	return fmt.Sprintf("%T", v)
}

// quote quotes a value for a message, cut to a readable length.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:60]) + "..."
	}
	return strconv.Quote(s)
}

// maxName bounds names in bytes: they go into file names, which have 255.
const maxName = 200

// badName says what is wrong with the name of a worker, or "". Names go into file names, logs and commands, so they have
// no space and nothing that does not show.
func badName(s string) string {
	if bad := badText(s, maxName); bad != "" {
		return bad
	}
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return fmt.Sprintf("contains %q: only printable characters without spaces are allowed", r)
		}
	}
	return ""
}

// maxID bounds the id of a task in bytes.
const maxID = 1024

// badID says what is wrong with the id of a task, or "". Any text that shows is one.
func badID(s string) string {
	if bad := badText(s, maxID); bad != "" {
		return bad
	}
	for _, r := range s {
		if !unicode.IsGraphic(r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner {
			return fmt.Sprintf("contains %q: only printable characters are allowed", r)
		}
	}
	return ""
}

// What joins emoji, and parts words in some scripts.
const zeroWidthJoiner, zeroWidthNonJoiner = '\u200d', '\u200c'

func badText(s string, limit int) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "is empty"
	case len(s) > limit:
		return fmt.Sprintf("is longer than %d bytes", limit)
	case !utf8.ValidString(s):
		return "is not UTF-8"
	}
	return ""
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(doc []byte) int {
	if utf8.Valid(doc) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

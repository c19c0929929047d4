package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Each reader returns the value of a key and reports what is wrong with it. A key that is absent or wrong
// gives nil, or the fallback where there is one.

// Text is a string, "" by default.
func (t *Table) Text(key string) string {
	v, ok := t.Take(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		t.WrongType(key, "a string", v, "")
	}
	return s
}

// Required is text that must not be empty.
func (t *Table) Required(key, hint string) string {
	s := t.Text(key)
	if v, present := t.Values[key]; s == "" && (!present || v == "") {
		t.Mistake(key, "missing", hint)
	}
	return s
}

// Texts is an array of strings.
func (t *Table) Texts(key string) []string {
	v, ok := t.Take(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.WrongType(key, "an array of strings", v, `write ["a", "b"]`)
		return nil
	}
	out := make([]string, 0, len(list))
	for _, element := range list {
		s, ok := element.(string)
		if !ok {
			t.WrongType(key, "an array of strings", element, "")
			return nil
		}
		out = append(out, s)
	}
	return out
}

// Bool is true or false.
func (t *Table) Bool(key string, fallback bool) bool {
	v, ok := t.Take(key)
	if !ok {
		return fallback
	}
	b, ok := v.(bool)
	if !ok {
		t.WrongType(key, "true or false", v, "")
		return fallback
	}
	return b
}

// Choices names the options in a sentence: "a", "b" or "c".
func Choices[T ~string](options ...T) string {
	quoted := make([]string, len(options))
	for i, option := range options {
		quoted[i] = strconv.Quote(string(option))
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// Choice is one of a few words; the first is the fallback.
func Choice[T ~string](t *Table, key string, options ...T) T {
	v, ok := t.Take(key)
	if !ok {
		return options[0]
	}
	words := make([]string, len(options))
	for i, option := range options {
		words[i] = string(option)
	}
	expected := Choices(options...)
	s, isText := v.(string)
	switch {
	case !isText:
		t.WrongType(key, expected, v, "")
	case !slices.Contains(words, s):
		hint := ""
		if near := nearest(s, words); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		t.Mistake(key, fmt.Sprintf("expected %s, got %s", expected, Quote(s)), hint)
	default:
		return T(s)
	}
	return options[0]
}

// Integer is a whole number from low to high.
func (t *Table) Integer(key string, fallback, low, high int64) int64 {
	v, ok := t.Take(key)
	if !ok {
		return fallback
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		t.WrongType(key, "an integer", v, "")
	case n < low || n > high:
		t.Mistake(key, fmt.Sprintf("expected %d to %d, got %d", low, high, n), "")
	default:
		return n
	}
	return fallback
}

// Number is a number from low to high, with decimals or without.
func (t *Table) Number(key string, low, high float64) *float64 {
	v, ok := t.Take(key)
	if !ok {
		return nil
	}
	if n, isInt := v.(int64); isInt {
		v = float64(n)
	}
	f, ok := v.(float64)
	switch {
	case !ok:
		t.WrongType(key, "a number", v, "")
	case !(f >= low && f <= high): // so that NaN is refused
		t.Mistake(key, fmt.Sprintf("expected %v to %v, got %v", low, high, f), "")
	default:
		return &f
	}
	return nil
}

// ID is the id of a task: text or an integer, which many files number their tasks with.
func (t *Table) ID(key, fallback string) string {
	v, ok := t.Take(key)
	if !ok {
		if fallback == "" {
			t.Mistake(key, "missing", `every task has one: id = "summary-1"`)
		}
		return fallback
	}
	id, ok := idText(v)
	if !ok {
		t.WrongType(key, "a string", v, "")
		return fallback
	}
	if bad := badID(id); bad != "" {
		t.Mistake(key, Quote(id)+" "+bad, "")
	}
	return id
}

// IDs is an array of them.
func (t *Table) IDs(key string) []string {
	list, _ := t.Values[key].([]any)
	for i, v := range list {
		if id, ok := idText(v); ok {
			list[i] = id
		}
	}
	return t.Texts(key)
}

func idText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// Package reading reads foreign bodies by place.
//
// Requests are read strictly, as an [Object] whose keys are known and there once, by a [Reader], and changed by a [Patch]
// that keeps every other byte. Answers are read without complaint, as a [Node].
package reading

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// A foreign client's body is read by place, not into structs: encoding/json matches keys in any case and
// lets the last of two equal keys win, where the provider may see the first; the budget and the provider
// would then read two different requests. And what is patched by place keeps every other byte.

// maxBody bounds the body of a request or an answer.
const maxBody = 32 << 20

// Object is a JSON object: its members in order, by exact key. No key is there twice.
type Object []Member

// Member is a key and its value as it stands in the body.
type Member struct {
	Key        string
	Value      []byte
	start, end int // where value stands
}

// Get returns the value of a key, nil if it is absent or null.
func (o Object) Get(key string) []byte {
	for _, m := range o {
		if m.Key == key && string(m.Value) != "null" {
			return m.Value
		}
	}
	return nil
}

// Text returns the string at key, "" if it is absent or null.
func (o Object) Text(key string) (s string, err error) {
	if raw := o.Get(key); raw != nil {
		if s, err = Unquote(raw); err != nil {
			return "", fmt.Errorf("%s: want a string", key)
		}
	}
	return s, nil
}

// Count returns the number at key, 0 if it is absent or null.
func (o Object) Count(key string) (int64, error) {
	raw := o.Get(key)
	if raw == nil {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: want a whole number, at least 0", key)
	}
	return n, nil
}

// Flag reports whether true is at key.
func (o Object) Flag(key string) bool { return string(o.Get(key)) == "true" }

// ObjectOf reads a whole body: one JSON object and nothing else.
func ObjectOf(body []byte) (Object, error) {
	if err := TooLarge(body); err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		var whole json.RawMessage
		err := json.Unmarshal(body, &whole)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("no JSON at byte %d: %w", syntax.Offset, err)
		}
		return nil, err
	}
	return Members(body)
}

// TooLarge returns an error for a body that is beyond what is read.
func TooLarge(body []byte) error {
	if len(body) > maxBody {
		return fmt.Errorf("%d bytes, more than the %d that are read", len(body), maxBody)
	}
	return nil
}

// Members reads a JSON object. raw is valid JSON.
func Members(raw []byte) (Object, error) {
	i := Space(raw, 0)
	if raw[i] != '{' {
		return nil, errors.New("want an object")
	}
	var o Object
	var known keys
	for i = Space(raw, i+1); raw[i] != '}'; {
		end := value(raw, i)
		var m Member
		var err error
		if m.Key, err = Unquote(raw[i:end]); err != nil {
			return nil, err
		}
		if !known.add(o, m.Key) {
			return nil, fmt.Errorf("key %.40q is there twice", m.Key)
		}
		m.start = Space(raw, Space(raw, end)+1)
		m.end = value(raw, m.start)
		m.Value = raw[m.start:m.end]
		o = append(o, m)
		if i = Space(raw, m.end); raw[i] == ',' {
			i = Space(raw, i+1)
		}
	}
	return o, nil
}

// keys tells whether a key is new to an object: by looking, or by a map once there are many.
type keys map[string]bool

func (k *keys) add(o Object, key string) bool {
	const few = 16
	if len(o) < few {
		return !slices.ContainsFunc(o, func(m Member) bool { return m.Key == key })
	}
	if *k == nil {
		*k = make(keys)
		for _, m := range o {
			(*k)[m.Key] = true
		}
	}
	known := (*k)[key]
	(*k)[key] = true
	return !known
}

// Elements reads a JSON array, or nothing if raw is nil. raw is valid JSON.
func Elements(raw []byte) ([][]byte, error) {
	if raw == nil {
		return nil, nil
	}
	i := Space(raw, 0)
	if raw[i] != '[' {
		return nil, errors.New("want a list")
	}
	var list [][]byte
	for i = Space(raw, i+1); raw[i] != ']'; {
		end := value(raw, i)
		list = append(list, raw[i:end])
		if i = Space(raw, end); raw[i] == ',' {
			i = Space(raw, i+1)
		}
	}
	return list, nil
}

// Each calls f with every object of the list at key and says in an error which it was.
func (o Object) Each(key string, f func(Object) error) error {
	list, err := Elements(o.Get(key))
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	for i, raw := range list {
		one, err := Members(raw)
		if err == nil {
			err = f(one)
		}
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", key, i, err)
		}
	}
	return nil
}

// Space returns the first place from i on that is no white space.
func Space(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
		i++
	}
	return i
}

// value returns where the value that begins at i ends.
func value(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = quoted(raw, i)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // the end of what a bare number or word stands in
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// quoted returns where the string that begins at i has its closing quote. It looks for the two bytes that
// matter by the machine's words, since a string may be an image of megabytes.
func quoted(raw []byte, i int) int {
	quote := i // none is before this
	for i++; ; i += 2 {
		if quote < i {
			quote = i + bytes.IndexByte(raw[i:], '"')
		}
		escape := bytes.IndexByte(raw[i:quote], '\\')
		if escape < 0 {
			return quote
		}
		i += escape
	}
}

// HasAny reports whether any of the keys is there and not null.
func (o Object) HasAny(keys Names) bool {
	return slices.ContainsFunc(o, func(m Member) bool { return keys.Has(m.Key) && string(m.Value) != "null" })
}

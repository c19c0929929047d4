package reading

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// An answer was paid for, so it is read by place and by exact key like a request, but without complaint: a
// member that is odd loses nothing beside it. encoding/json would match keys in any case and give up a whole
// answer for one of them. Every look takes time linear in what is looked at, and none goes deeper than its caller.

// Node is a JSON value as it stands in an answer, from its first byte on; nil is one that is absent or null. It may be
// of any kind, end early, or be no JSON: what cannot be read as what was asked for is as good as absent.
type Node []byte

// NodeOf returns the first value of a body, and whether that is an object that was not cut. A byte order mark and white
// space before it, and anything after it, are left out.
func NodeOf(body []byte) (n Node, object bool) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	body = body[Space(body, 0):]
	end, whole := valueEnd(body, 0)
	n = body[:end]
	return n, whole && n.Kind() == '{'
}

// Kind is the first byte of n: '{', '[', '"', or that of a number or a word; 0 if n is absent.
func (n Node) Kind() byte {
	if len(n) == 0 {
		return 0
	}
	return n[0]
}

// Members calls f with the members of an object in their order, those whose key is there twice included. A number
// or a word that the end of the input may have cut is left out.
func (n Node) Members(f func(key string, v Node)) {
	n.pairs(func(key, v Node) bool { f(key.Text(), v); return true })
}

// pairs is members with the keys as they stand there, until f returns false.
func (n Node) pairs(f func(key, v Node) bool) {
	if n.Kind() != '{' {
		return
	}
	for i := Space(n, 1); i < len(n) && n[i] == '"'; {
		end, whole := valueEnd(n, i)
		colon := Space(n, end)
		if !whole || colon >= len(n) || n[colon] != ':' {
			return
		}
		var v Node
		key := n[i:end]
		v, i = n.value(Space(n, colon+1))
		if !f(key, v) {
			return
		}
	}
}

// Elements calls f with the elements of a list.
func (n Node) Elements(f func(i int, v Node)) {
	if n.Kind() != '[' {
		return
	}
	at := Space(n, 1)
	for i := 0; at < len(n) && n[at] != ']'; i++ {
		v, next := n.value(at)
		if next == at {
			return
		}
		f(i, v)
		at = next
	}
}

// value returns the value in n at i, and where the next begins.
func (n Node) value(i int) (v Node, next int) {
	end, whole := valueEnd(n, i)
	v = n[i:end]
	if k := v.Kind(); !whole && k != '{' && k != '[' && k != '"' || string(v) == "null" {
		v = nil
	}
	if next = Space(n, end); next < len(n) && n[next] == ',' {
		next = Space(n, next+1)
	}
	return v, next
}

// Get returns the first value at key that is not null.
func (n Node) Get(key string) (found Node) {
	n.pairs(func(k, v Node) bool {
		if v != nil && (string(k[1:len(k)-1]) == key || bytes.IndexByte(k, '\\') >= 0 && k.Text() == key) {
			found = v
		}
		return found == nil
	})
	return found
}

// Text returns a string, or the characters of a number: ids come as either.
func (n Node) Text() string {
	switch k := n.Kind(); {
	case k == '"':
		return n.unquote()
	case k == '-' || '0' <= k && k <= '9':
		return string(n)
	}
	return ""
}

// unquote returns the string that n is. One that is cut ends where it does; one whose escapes are none keeps them.
func (n Node) unquote() string {
	in := n[1:]
	plain := bytes.IndexByte(n, '\\') < 0 && utf8.Valid(n)
	if end, whole := stringEnd(n, 0); whole {
		in = n[1 : end-1]
	}
	if plain {
		return string(in)
	}
	quoted := append(append([]byte{'"'}, in...), '"')
	var s string
	if json.Unmarshal(quoted, &s) == nil {
		return s
	}
	return strings.ToValidUTF8(string(in), "\uFFFD")
}

// Empty reports whether n says nothing: it is absent, false, zero, or an empty string, list or object.
func (n Node) Empty() bool {
	switch n.Kind() {
	case 0:
		return true
	case '{', '[':
		at := Space(n, 1)
		return at >= len(n) || n[at] == '}' || n[at] == ']'
	}
	return string(n) == `""` || string(n) == "false" || string(n) == "0"
}

// valueEnd returns where the value that begins at i ends, and whether the end is there. It is [value] for what may be
// no valid JSON.
func valueEnd(raw []byte, i int) (end int, whole bool) {
	for depth := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			if i, whole = stringEnd(raw, i); !whole || depth == 0 {
				return i, whole
			}
			i--
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // the end of what a bare number or word stands in
				return i, true
			}
			if depth--; depth == 0 {
				return i + 1, true
			}
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i, true
			}
		}
	}
	return len(raw), false
}

// stringEnd returns the place after the closing quote of the string that begins at i, and whether there is one. It is
// [quoted] for what may be no valid JSON.
func stringEnd(raw []byte, i int) (end int, whole bool) {
	quote := i // none is before this
	for i++; i < len(raw); i += 2 {
		if quote < i {
			next := bytes.IndexByte(raw[i:], '"')
			if next < 0 {
				break
			}
			quote = i + next
		}
		escape := bytes.IndexByte(raw[i:quote], '\\')
		if escape < 0 {
			return quote + 1, true
		}
		i += escape
	}
	return len(raw), false
}

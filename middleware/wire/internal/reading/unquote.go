package reading

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Unquote returns the string that raw is, as encoding/json does. raw is valid JSON. A body is read again with
// every turn of a conversation, and encoding/json validates each of its strings once more; what is rare is
// left to it.
func Unquote(raw []byte) (s string, err error) {
	if raw[0] == '"' && utf8.Valid(raw) {
		if s, ok := unescapeAll(raw[1 : len(raw)-1]); ok {
			return s, nil
		}
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

// escapes are the characters that those after a backslash stand for.
var escapes = [128]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescapeAll returns what is between the quotes of a string, without its escapes. It refuses surrogates.
func unescapeAll(in []byte) (string, bool) {
	at := bytes.IndexByte(in, '\\')
	if at < 0 {
		return string(in), true
	}
	out := make([]byte, 0, len(in))
	for ; at >= 0; at = bytes.IndexByte(in, '\\') {
		out = append(out, in[:at]...)
		if in[at+1] != 'u' {
			out = append(out, escapes[in[at+1]])
			in = in[at+2:]
			continue
		}
		r, err := strconv.ParseUint(string(in[at+2:at+6]), 16, 16)
		if err != nil || !utf8.ValidRune(rune(r)) {
			return "", false
		}
		out = utf8.AppendRune(out, rune(r))
		in = in[at+6:]
	}
	return string(append(out, in...)), true
}

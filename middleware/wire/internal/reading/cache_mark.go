package reading

import (
	"bytes"
	"strconv"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
)

// writesCache reports whether any part of a body is marked to be kept in the prompt cache. Inside a string
// the quotes would be escaped, so this finds keys only; a key in a tool's arguments makes it err on the
// dear side.
func writesCache(body []byte) bool { return bytes.Contains(Unescaped(body), []byte(`"cache_control"`)) }

// escapedASCII is how JSON may write a letter of ASCII, which makes the same key of another text.
var escapedASCII = lazy.Regexp(`\\u00[2-7][0-9A-Fa-f]`)

// Unescaped returns JSON with the letters, digits and signs that it spells as \u00.. as themselves, where that
// changes no string's end.
func Unescaped(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\u00`)) {
		return raw
	}
	return escapedASCII().ReplaceAllFunc(raw, func(escape []byte) []byte {
		c, err := strconv.ParseUint(string(escape[2:]), 16, 8)
		if err != nil || c == '"' || c == '\\' {
			return escape
		}
		return []byte{byte(c)}
	})
}

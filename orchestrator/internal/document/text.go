package document

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds a message in bytes: it may quote a value of any length.
const maxMessage = 300

func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}

// Quote quotes a value for a message, cut to a readable length.
func Quote(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:60]) + "..."
	}
	return strconv.Quote(s)
}

// maxName bounds names in bytes: they go into file names, which have 255.
const maxName = 200

// BadName says what is wrong with the name of a worker, or "". Names go into file names, logs and commands, so they have
// no space and nothing that does not show.
func BadName(s string) string {
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

// BadLabel says what is wrong with the label of a task, or "". Any short text that shows is one.
func BadLabel(s string) string {
	if len(s) > maxName {
		return fmt.Sprintf("is longer than %d bytes", maxName)
	}
	return badID(s)
}

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

// InvalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func InvalidUTF8(doc []byte) int {
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

// typeName says what a TOML or JSON value is.
func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case json.Number:
		return "a number"
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

package orchestrator

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/budget"
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

const leaveOut = "leave the key out for no limit"

// tokens is a number of tokens: an integer or text like "200k".
func (t *table) tokens(key string) *int64 {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case int64:
		switch {
		case v < 0:
			t.mistake(key, fmt.Sprintf("expected a number of tokens, got %d", v), leaveOut)
		case v > budget.MaxTokens:
			t.mistake(key, fmt.Sprintf("%d is more than the largest budget, %d tokens", v, budget.MaxTokens), leaveOut)
		default:
			return &v
		}
	case string:
		n, err := budget.ParseTokens(v)
		if err == nil {
			return &n
		}
		t.badAmount(key, "a number of tokens", v, err)
	case float64:
		t.mistake(key, fmt.Sprintf("expected a number of tokens, got %v", v), `write 200000, "200k" or "1.5M"`)
	default:
		t.wrongType(key, "a number of tokens", v, `write 200000, "200k" or "1.5M"`)
	}
	return nil
}

// usd is an amount of US dollars. It is text: a TOML float would already have lost its last digits.
func (t *table) usd(key string) *budget.NanoUSD {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case string:
		c, err := budget.ParseUSD(v)
		if err == nil {
			return &c
		}
		t.badAmount(key, "an amount of US dollars", v, err)
	case int64:
		t.wrongType(key, "US dollars in quotes", v, fmt.Sprintf("write %q", strconv.FormatInt(max(v, 0), 10)))
	case float64:
		hint := `write "2.50"`
		if v >= 0 && v < 1e9 {
			text := strconv.FormatFloat(v, 'f', -1, 64)
			if cents := strconv.FormatFloat(v, 'f', 2, 64); len(cents) > len(text) {
				text = cents
			}
			hint = fmt.Sprintf("write %q", text)
		}
		t.wrongType(key, "US dollars in quotes", v, hint)
	default:
		t.wrongType(key, "US dollars in quotes", v, `write "2.50"`)
	}
	return nil
}

// badAmount reports text that is no amount. What elsewhere stands for no limit gets the remedy for that.
func (t *table) badAmount(key, expected, text string, err error) {
	if isUnlimited(text) || strings.HasPrefix(text, "-") {
		t.mistake(key, fmt.Sprintf("expected %s, got %s", expected, quote(text)), leaveOut)
		return
	}
	t.mistake(key, err.Error(), "")
}

// isUnlimited reports whether s is a word for the absence of a limit.
func isUnlimited(s string) bool {
	switch strings.ToLower(s) {
	case "unlimited", "none", "":
		return true
	}
	return false
}

// percent is a percentage from 1 to 100: an integer or text like "80%".
func (t *table) percent(key string, fallback int) int {
	v, ok := t.take(key)
	if !ok {
		return fallback
	}
	const expected = "expected a percentage from 1 to 100"
	hint := `write 80 or "80%"`
	switch v := v.(type) {
	case int64:
		if v >= 1 && v <= 100 {
			return int(v)
		}
		t.mistake(key, fmt.Sprintf("%s, got %d", expected, v), hint)
	case string:
		if n, err := strconv.Atoi(strings.TrimSuffix(v, "%")); err == nil && n >= 1 && n <= 100 {
			return n
		}
		t.mistake(key, fmt.Sprintf("%s, got %s", expected, quote(v)), hint)
	case float64:
		whole := math.Round(v)
		if v > 0 && v < 1 {
			whole = math.Round(v * 100)
		}
		if whole >= 1 && whole <= 100 {
			hint = fmt.Sprintf("write %.0f or \"%.0f%%\"", whole, whole)
		}
		t.mistake(key, fmt.Sprintf("%s, got %v", expected, v), hint)
	default:
		t.wrongType(key, "a percentage from 1 to 100", v, hint)
	}
	return fallback
}

// duration is text like "30s", at least low. A bare number is refused: it says no unit.
func (t *table) duration(key string, fallback, low time.Duration) time.Duration {
	v, ok := t.take(key)
	if !ok {
		return fallback
	}
	const expected = `a duration like "500ms", "30s" or "2m"`
	switch v := v.(type) {
	case string:
		d, err := time.ParseDuration(v)
		switch {
		case err != nil:
			t.mistake(key, fmt.Sprintf("expected %s, got %s", expected, quote(v)), "")
		case d < low:
			t.mistake(key, fmt.Sprintf("expected at least %v, got %v", low, d), "")
		default:
			return d
		}
	case int64:
		t.mistake(key, fmt.Sprintf("expected %s, got %d without a unit", expected, v), fmt.Sprintf("write \"%ds\" for seconds", v))
	default:
		t.wrongType(key, expected, v, "")
	}
	return fallback
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

// maxName bounds ids and names, in bytes: they go into file names, which have 255.
const maxName = 200

// badName says what is wrong with an id or a name, or "". They go into file names, logs and commands, so
// they have no space and nothing that does not show.
func badName(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > maxName:
		return fmt.Sprintf("is longer than %d bytes", maxName)
	case !utf8.ValidString(s):
		return "is not UTF-8"
	}
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) {
			return fmt.Sprintf("contains %q: only printable characters without spaces are allowed", r)
		}
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

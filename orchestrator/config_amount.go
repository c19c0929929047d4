package orchestrator

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

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

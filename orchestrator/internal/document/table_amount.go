package document

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// LeaveOut is the remedy for a limit that was not meant.
const LeaveOut = "leave the key out for no limit"

// Tokens is a number of tokens: an integer or text like "200k".
func (t *Table) Tokens(key string) *int64 {
	v, ok := t.Take(key)
	if !ok {
		return nil
	}
	switch v := v.(type) {
	case int64:
		switch {
		case v < 0:
			t.Mistake(key, fmt.Sprintf("expected a number of tokens, got %d", v), LeaveOut)
		case v > budget.MaxTokens:
			t.Mistake(key, fmt.Sprintf("%d is more than the largest budget, %d tokens", v, budget.MaxTokens), LeaveOut)
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
		t.Mistake(key, fmt.Sprintf("expected a number of tokens, got %v", v), `write 200000, "200k" or "1.5M"`)
	default:
		t.WrongType(key, "a number of tokens", v, `write 200000, "200k" or "1.5M"`)
	}
	return nil
}

// USD is an amount of US dollars. It is text: a TOML float would already have lost its last digits.
func (t *Table) USD(key string) *budget.NanoUSD {
	v, ok := t.Take(key)
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
		t.WrongType(key, "US dollars in quotes", v, fmt.Sprintf("write %q", strconv.FormatInt(max(v, 0), 10)))
	case float64:
		hint := `write "2.50"`
		if v >= 0 && v < 1e9 {
			text := strconv.FormatFloat(v, 'f', -1, 64)
			if cents := strconv.FormatFloat(v, 'f', 2, 64); len(cents) > len(text) {
				text = cents
			}
			hint = fmt.Sprintf("write %q", text)
		}
		t.WrongType(key, "US dollars in quotes", v, hint)
	default:
		t.WrongType(key, "US dollars in quotes", v, `write "2.50"`)
	}
	return nil
}

// badAmount reports text that is no amount. What elsewhere stands for no limit gets the remedy for that.
func (t *Table) badAmount(key, expected, text string, err error) {
	if IsUnlimited(text) || strings.HasPrefix(text, "-") {
		t.Mistake(key, fmt.Sprintf("expected %s, got %s", expected, Quote(text)), LeaveOut)
		return
	}
	t.Mistake(key, err.Error(), "")
}

// IsUnlimited reports whether s is a word for the absence of a limit.
func IsUnlimited(s string) bool {
	switch strings.ToLower(s) {
	case "unlimited", "none", "":
		return true
	}
	return false
}

// Percents are percentages from 1 to 100, or one: integers or text like "80%".
func (t *Table) Percents(key string, fallback ...int) []int {
	v, ok := t.Take(key)
	if !ok {
		return fallback
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	var percents []int
	for _, v := range list {
		if n, ok := t.percent(key, v); ok && !slices.Contains(percents, n) {
			percents = append(percents, n)
		}
	}
	slices.Sort(percents)
	return percents
}

func (t *Table) percent(key string, v any) (n int, ok bool) {
	const expected = "expected a percentage from 1 to 100"
	hint := `write 80 or "80%"`
	switch v := v.(type) {
	case int64:
		if v >= 1 && v <= 100 {
			return int(v), true
		}
		t.Mistake(key, fmt.Sprintf("%s, got %d", expected, v), hint)
	case string:
		if n, err := strconv.Atoi(strings.TrimSuffix(v, "%")); err == nil && n >= 1 && n <= 100 {
			return n, true
		}
		t.Mistake(key, fmt.Sprintf("%s, got %s", expected, Quote(v)), hint)
	case float64:
		whole := math.Round(v)
		if v > 0 && v < 1 {
			whole = math.Round(v * 100)
		}
		if whole >= 1 && whole <= 100 {
			hint = fmt.Sprintf("write %.0f or \"%.0f%%\"", whole, whole)
		}
		t.Mistake(key, fmt.Sprintf("%s, got %v", expected, v), hint)
	default:
		t.WrongType(key, "a percentage from 1 to 100", v, hint)
	}
	return 0, false
}

// Duration is text like "30s", at least low. A bare number is refused: it says no unit.
func (t *Table) Duration(key string, fallback, low time.Duration) time.Duration {
	v, ok := t.Take(key)
	if !ok {
		return fallback
	}
	const expected = `a duration like "500ms", "30s" or "2m"`
	switch v := v.(type) {
	case string:
		d, err := time.ParseDuration(v)
		switch {
		case err != nil:
			t.Mistake(key, fmt.Sprintf("expected %s, got %s", expected, Quote(v)), "")
		case d < low:
			t.Mistake(key, fmt.Sprintf("expected at least %v, got %v", low, d), "")
		default:
			return d
		}
	case int64:
		t.Mistake(key, fmt.Sprintf("expected %s, got %d without a unit", expected, v), fmt.Sprintf("write \"%ds\" for seconds", v))
	default:
		t.WrongType(key, expected, v, "")
	}
	return fallback
}

// Limit is a limit in tokens under one key and in money under the other; what is absent is unlimited.
func (t *Table) Limit(tokensKey, costKey string) budget.Limit {
	return budget.Limit{Tokens: t.Tokens(tokensKey), Cost: t.USD(costKey)}
}

// Positive is a number of tokens above zero.
func (t *Table) Positive(key string, fallback int64) int64 {
	n := t.Tokens(key)
	switch {
	case n == nil:
		return fallback
	case *n == 0:
		t.Mistake(key, "expected at least 1, got 0", "")
		return fallback
	}
	return *n
}

// OutputCap is an output cap in tokens, above zero.
func (t *Table) OutputCap(key string, fallback int64) int64 {
	n := t.Positive(key, fallback)
	if n > budget.MaxOutput {
		t.Mistake(key, fmt.Sprintf("%d is more than the most that a call may ask for, %d tokens", n, budget.MaxOutput), "")
		return fallback
	}
	return n
}

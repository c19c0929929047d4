package models

import (
	"strconv"
	"strings"
)

// The fields for the output cap.
const (
	MaxTokens           = "max_tokens"
	MaxCompletionTokens = "max_completion_tokens"
)

// CapKey is the field for the output cap: reasoning models refuse max_tokens, and compatible servers may
// know nothing else.
func (m *Model) CapKey() string {
	if rest, ok := strings.CutPrefix(m.base, "gpt-"); ok {
		if n, err := strconv.Atoi(leadingDigits(rest)); err == nil && n >= 5 {
			return MaxCompletionTokens
		}
	}
	if rest, ok := strings.CutPrefix(m.base, "o"); ok && leadingDigits(rest) != "" {
		return MaxCompletionTokens
	}
	return MaxTokens
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

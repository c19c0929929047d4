package wire

import (
	"strconv"
	"strings"
)

// capKey is the field for the output cap: reasoning models refuse max_tokens, and compatible servers may
// know nothing else.
func capKey(model string) string {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	if rest, ok := strings.CutPrefix(name, "gpt-"); ok {
		if n, err := strconv.Atoi(leadingDigits(rest)); err == nil && n >= 5 {
			return maxCompletionKey
		}
	}
	if rest, ok := strings.CutPrefix(name, "o"); ok && leadingDigits(rest) != "" {
		return maxCompletionKey
	}
	return maxTokensKey
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

package reading

import (
	"strings"
	"unicode"
)

// MaxMessage bounds a provider's message, in characters.
const MaxMessage = 300

// MaxName bounds what a provider calls something (a model, an attempt, an error), in characters.
const MaxName = 200

// Word returns s if it is a plain name, so that an error can carry it without a second look.
func Word(s string) string {
	const longest = MaxName
	for _, r := range s {
		if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:/", r)) {
			return ""
		}
	}
	if len(s) > longest {
		return ""
	}
	return s
}

// OneLine returns s as one line without control characters, at most longest characters long; 0 is any.
func OneLine(s string, longest int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	s = strings.ToValidUTF8(s, "\uFFFD")
	if runes := []rune(s); longest > 0 && len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return s
}

// Bare is a name in small letters and digits alone: invalid_api_key, InvalidApiKey and invalid-api-key are one.
func Bare(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, name)
}

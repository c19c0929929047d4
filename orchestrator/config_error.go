package orchestrator

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// ConfigError is one mistake in a file that a person wrote: the project's configuration or a task file.
// Functions that read such files return all the mistakes they find, joined by [errors.Join].
//
// It never holds a key to a provider, nor the text of a prompt.
type ConfigError struct {
	File    string // as it was given
	Line    int    // from 1; 0 where the mistake has no place
	Column  int    // from 1, in characters; 0 where only the line is known
	Key     string // dotted, "budget.total_budget_limit"; in a task file, the key of the task; or ""
	Message string // what is wrong
	Hint    string // how to put it right, or ""
}

// Error is "file:line:column: key: message (hint)".
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(e.File, "input"))
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, ":%d", e.Column)
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Warning is something in the configuration that works, but hardly as meant.
type Warning ConfigError

// String is written like [ConfigError.Error].
func (w Warning) String() string { return (*ConfigError)(&w).Error() }

// maxMistakes is how many mistakes of one file are told apart: more would hide the first ones.
const maxMistakes = 20

// maxMessage bounds a message in bytes: it may quote a value of any length.
const maxMessage = 300

// place is where something stands in a file; zero where that is not known.
type place struct{ line, column int }

// mistakes gathers what is wrong with one file.
type mistakes struct {
	file     string
	list     []*ConfigError
	more     int // beyond maxMistakes
	warnings []Warning
}

// full reports whether a further mistake would only be counted: its hint need not be worked out.
func (m *mistakes) full() bool { return len(m.list) >= maxMistakes }

func (m *mistakes) add(at place, key, message, hint string) {
	if m.full() {
		m.more++
		return
	}
	m.list = append(m.list, m.newError(at, key, message, hint))
}

func (m *mistakes) warn(at place, key, message, hint string) {
	m.warnings = append(m.warnings, Warning(*m.newError(at, key, message, hint)))
}

func (m *mistakes) newError(at place, key, message, hint string) *ConfigError {
	return &ConfigError{
		File: m.file, Line: at.line, Column: at.column,
		Key: clip(redact(key)), Message: clip(redact(message)), Hint: clip(redact(hint)),
	}
}

// err is all that was added, in the order of the file, or nil.
func (m *mistakes) err() error {
	if len(m.list) == 0 {
		return nil
	}
	slices.SortStableFunc(m.list, byPlace)
	all := make([]error, 0, len(m.list)+1)
	for _, e := range m.list {
		all = append(all, e)
	}
	if m.more > 0 {
		all = append(all, fmt.Errorf("%s: and %d more", m.file, m.more))
	}
	return errors.Join(all...)
}

func byPlace(a, b *ConfigError) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// secret matches what looks like a provider's key.
var secret = regexp.MustCompile(`\b(?:sk|gsk|xai)[-_][0-9A-Za-z_-]{12,}|\bAIza[0-9A-Za-z_-]{20,}`)

func redact(s string) string { return secret.ReplaceAllString(s, "[hidden]") }

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

// nearest returns the candidate that was most likely meant by word, or "". Case does not count. A
// candidate that is the only one to begin with word is taken however much longer it is.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", len(word)/3+2
	begins, beginning := 0, ""
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if len(word) >= 4 && strings.HasPrefix(lower, word) {
			begins, beginning = begins+1, c
		}
		if d := len(lower) - len(word); max(d, -d) >= bestDistance {
			continue
		}
		if d := levenshtein.ComputeDistance(word, lower); d < bestDistance && d < len(word) {
			best, bestDistance = c, d
		}
	}
	if best == "" && begins == 1 {
		return beginning
	}
	return best
}

// didYouMean is a hint that names the nearest candidate, else all of them where they are few.
func didYouMean(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(candidates) == 0 || len(candidates) > 30 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(candidates))
	return "known here: " + strings.Join(sorted, ", ")
}

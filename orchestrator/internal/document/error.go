package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is one mistake in a file that a person wrote: the project's configuration or a task file.
// Functions that read such files return all the mistakes they find, joined by [errors.Join].
//
// It never holds a key to a provider, nor the text of a prompt.
type Error struct {
	File    string // as it was given
	Line    int    // from 1; 0 where the mistake has no place
	Column  int    // from 1, in characters; 0 where only the line is known
	Key     string // dotted, "budget.total_budget_limit"; in a task file, the key of the task; or ""
	Message string // what is wrong
	Hint    string // how to put it right, or ""
}

// Error is "file:line:column: key: message (hint)".
func (e *Error) Error() string {
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

// Warning is something in such a file that works, but hardly as meant.
type Warning Error

// String is written like [Error.Error].
func (w Warning) String() string { return (*Error)(&w).Error() }

// MaxMistakes is how many mistakes of one file are told apart: more would hide the first ones.
const MaxMistakes = 20

// Mistakes gathers what is wrong with one file. The zero value is ready; it is for one goroutine.
type Mistakes struct {
	File string // as it was given; stands in what is added from now on

	list     []*Error
	more     int // beyond MaxMistakes
	warnings []Warning
}

// Full reports whether a further mistake would only be counted: see [Mistakes.Skip].
func (m *Mistakes) Full() bool { return len(m.list) >= MaxMistakes }

// Skip counts a mistake of which nothing else will be told, for callers that need not work out its place and hint
// once the list is full.
func (m *Mistakes) Skip() { m.more++ }

// Add takes a mistake. A secret in its texts is hidden, and what is very long is cut.
func (m *Mistakes) Add(at Place, key, message, hint string) {
	if m.Full() {
		m.Skip()
		return
	}
	m.list = append(m.list, m.newError(at, key, message, hint))
}

// AddWarning takes a warning, treated like a mistake.
func (m *Mistakes) AddWarning(at Place, key, message, hint string) {
	m.warnings = append(m.warnings, Warning(*m.newError(at, key, message, hint)))
}

// Warnings returns what was added, in the order of the file.
func (m *Mistakes) Warnings() []Warning {
	slices.SortStableFunc(m.warnings, func(a, b Warning) int { return byPlace((*Error)(&a), (*Error)(&b)) })
	return m.warnings
}

func (m *Mistakes) newError(at Place, key, message, hint string) *Error {
	return &Error{
		File: m.File, Line: at.Line, Column: at.Column,
		Key: clip(Redact(key)), Message: clip(Redact(message)), Hint: clip(Redact(hint)),
	}
}

// Err joins all mistakes, each an [*Error], in the order of the file. It is nil if there are none.
func (m *Mistakes) Err() error {
	if len(m.list) == 0 {
		return nil
	}
	slices.SortStableFunc(m.list, byPlace)
	all := make([]error, 0, len(m.list)+1)
	for _, e := range m.list {
		all = append(all, e)
	}
	if m.more > 0 {
		all = append(all, fmt.Errorf("%s: and %d more", m.File, m.more))
	}
	return errors.Join(all...)
}

// byPlace is the order of the file.
func byPlace(a, b *Error) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

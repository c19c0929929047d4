package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

// The bounds of what is shown of a file: where a line may begin in it, how long a line is read, and how much of it is shown.
const (
	excerptWithin = 64 << 20
	excerptLine   = 64 << 10
	excerptWide   = 76
)

// explained is an error in words, with the line in question under each mistake of a file whose place is known.
func explained(err error) string {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) && err.Error() == errors.Join(list.Unwrap()...).Error() { // else more is said than they
		var parts []string
		for _, one := range list.Unwrap() {
			parts = append(parts, explained(one))
		}
		return strings.Join(parts, "\n")
	}
	text := err.Error()
	if e := mistakeIn(err); e != nil {
		text += excerptAt(e.File, e.Line, e.Column)
	}
	return text
}

// mistakeIn is the mistake in a file that an error is, nil where it is none or several.
func mistakeIn(err error) *config.Error {
	var e *config.Error
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) || !errors.As(err, &e) || e.Line == 0 || e.Column == 0 {
		return nil
	}
	return e
}

// excerptAt shows a place of a file, below an error: the line, and a caret under the character. It is empty where the line cannot
// be read or may be a part of a text, as of a prompt.
func excerptAt(file string, line, column int) string {
	text, ok := lineOf(file, line)
	if !ok || !statement.MatchString(text) || credential.MatchString(text) || column > utf8.RuneCountInString(text)+1 {
		return ""
	}
	text = private.ReplaceAllStringFunc(strings.ReplaceAll(text, "\t", " "), func(s string) string {
		if isName(s) {
			return s
		}
		return strings.Repeat("·", utf8.RuneCountInString(s))
	})
	letters, at := []rune(text), column-1
	if from := at - excerptWide/2; len(letters) > excerptWide && from > 0 {
		letters, at = append([]rune("…"), letters[from:]...), at-from+1
	}
	if len(letters) > excerptWide {
		letters = append(letters[:excerptWide], '…')
	}
	number := fmt.Sprintf("%5d", line)
	return fmt.Sprintf("\n%s | %s\n%s | %s^", number, string(letters), strings.Repeat(" ", len(number)), strings.Repeat(" ", at))
}

// statement is a line of TOML or JSON that says what it is: no line within a text.
var statement = regexp.MustCompile(`^\s*(?:[\w.'"-]+\s*=|\[|\{|"\w+"\s*:)`)

// credential is a line that gives a key to somebody, however short: nothing is shown of it.
var credential = regexp.MustCompile(`(?i)(key|secret|passw\w*|token|credentials?|authorization|cookie)["']?\s*[=:]`)

// private is what is not shown: what may be a key or a prompt.
var private = regexp.MustCompile(`"[^"]{25,}|'[^']{25,}|[\w+/=.-]{16,}|sk-\S*`)

// isName reports whether a word is that of a setting, or of what is set: keys have digits, and texts spaces.
func isName(s string) bool {
	return !strings.ContainsAny(s, "0123456789 \"'") && !strings.HasPrefix(s, "sk-")
}

// lineOf is a line of a file, from 1.
func lineOf(path string, line int) (text string, ok bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	in, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer in.Close()
	lines := bufio.NewScanner(io.LimitReader(in, excerptWithin))
	lines.Buffer(nil, excerptLine)
	for n := 1; lines.Scan(); n++ {
		if n == line {
			text = strings.TrimPrefix(lines.Text(), "\ufeff")
			return text, utf8.ValidString(text)
		}
	}
	return "", false
}

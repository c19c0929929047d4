package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// countJSON is a count for machines.
type countJSON struct {
	Source      string         `json:"source"`
	Line        int            `json:"line,omitempty"`
	Model       string         `json:"model"`
	Format      string         `json:"format"`
	Tokens      *int64         `json:"tokens"` // null where something cannot be counted
	Kind        tokenizer.Kind `json:"kind"`
	Margin      *int64         `json:"margin"`
	Encoding    string         `json:"encoding"`
	Uncountable string         `json:"uncountable,omitempty"` // what cannot be counted
	Countable   *amountJSON    `json:"countable,omitempty"`   // all else
	Note        string         `json:"note,omitempty"`
	Cut         []tokenJSON    `json:"cut,omitempty"` // with --show, a text's tokens in order

	count tokenizer.Count
}

type amountJSON struct {
	Tokens int64 `json:"tokens"`
	Margin int64 `json:"margin"`
}

// failedJSON is an input that could not be counted.
type failedJSON struct {
	Source string `json:"source"`
	Line   int    `json:"line,omitempty"`
	Error  string `json:"error"`
}

// addNote adds to what is said of the input.
func (c *countJSON) addNote(note string) {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note += note
}

func (t *tokens) show(c countJSON) error {
	if c.Note != "" {
		fmt.Fprintf(t.std.err, "orchestrate: %s: %s\n", place(c.Source, c.Line), c.Note)
	}
	t.found = append(t.found, c)
	if t.json {
		return nil
	}
	where := fmt.Sprintf("%s, %s", c.Encoding, modelText(c.Model))
	line := fmt.Sprintf("%s (%s, %s)", tokenText(c.count.Tokens), surely(c.count), where)
	if c.Uncountable != "" {
		line = fmt.Sprintf("not countable: %s (the rest: %s, %s)", c.Uncountable, restText(c.count), where)
	}
	if c.Line > 0 || t.several {
		line += " " + place(c.Source, c.Line)
	}
	_, err := fmt.Fprint(t.std.out, cutText(c.Cut), line, "\n")
	return err
}

func tokenText(n int64) string {
	if n == 1 {
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", n)
}

// surely says how sure a count is.
func surely(c tokenizer.Count) string {
	how := string(c.Kind)
	if c.Kind == tokenizer.Upper {
		how = "upper bound"
	}
	return how + marginText(c)
}

func restText(c tokenizer.Count) string { return tokenText(c.Tokens) + marginText(c) }

func marginText(c tokenizer.Count) string {
	if c.Margin == 0 {
		return ""
	}
	return fmt.Sprintf(", at most %d more", c.Margin)
}

// modelText is a model's name as far as it is shown: a request may call its model anything.
func modelText(name string) string {
	const longest = 64
	if all := []rune(name); len(all) > longest {
		name = string(all[:longest]) + "…"
	}
	return plainly(name)
}

// plainly returns a name as a terminal may show it.
func plainly(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// finish prints the total.
func (t *tokens) finish() error {
	var total tokenizer.Count
	unknown := 0
	for _, c := range t.found {
		total = total.Add(c.count)
		if c.Uncountable != "" {
			unknown++
		}
	}
	write := t.totalText
	if t.json {
		write = t.totalJSON
	}
	if err := write(total, unknown); err != nil {
		return err
	}
	if len(t.failed) > 0 {
		return &exitError{code: exitUsage} // each was reported
	}
	return nil
}

func (t *tokens) totalText(total tokenizer.Count, unknown int) error {
	if len(t.found) == 0 || len(t.found)+len(t.failed) == 1 {
		return nil
	}
	line := fmt.Sprintf("total %s (%s)", tokenText(total.Tokens), surely(total))
	if unknown > 0 {
		line = fmt.Sprintf("total not known: %d of them not countable (the rest: %s)", unknown, restText(total))
	}
	if len(t.failed) > 0 {
		line += fmt.Sprintf(", without %s in error", plural(len(t.failed), "input"))
	}
	_, err := fmt.Fprintln(t.std.out, line)
	return err
}

func (t *tokens) totalJSON(total tokenizer.Count, unknown int) error {
	tokens := &total.Tokens
	if unknown > 0 {
		tokens = nil
	}
	return writeJSON(t.std.out, struct {
		Schema int          `json:"schema_version"`
		Tokens *int64       `json:"tokens"` // of all that were counted, null where one is not countable
		Counts []countJSON  `json:"counts"`
		Errors []failedJSON `json:"errors"`
	}{schemaVersion, tokens, t.found, t.failed})
}

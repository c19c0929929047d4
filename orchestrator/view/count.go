package view

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Counts are the tokens of inputs.
type Counts struct {
	Schema int         `json:"schema_version"`
	Tokens *int64      `json:"tokens"` // of all that were counted, null where one is not countable
	Counts []Count     `json:"counts"`
	Errors []Uncounted `json:"errors"`

	sum     tokenizer.Count
	unknown int // not countable
}

// Count is the tokens of an input.
type Count struct {
	Source      string              `json:"source"`
	Line        int                 `json:"line,omitempty"`
	Model       string              `json:"model"`
	Format      string              `json:"format"`
	Tokens      *int64              `json:"tokens"` // null where something cannot be counted
	Kind        tokenizer.Certainty `json:"kind"`
	Margin      *int64              `json:"margin"`
	Encoding    string              `json:"encoding"`
	Uncountable string              `json:"uncountable,omitempty"` // what cannot be counted
	Countable   *Countable          `json:"countable,omitempty"`   // all else
	Note        string              `json:"note,omitempty"`
	Cut         []Token             `json:"cut,omitempty"` // a text's tokens in order, where they were asked for

	count tokenizer.Count
}

// Countable is what was counted of an input that is not countable as a whole, in tokens.
type Countable struct {
	Tokens int64 `json:"tokens"`
	Margin int64 `json:"margin"`
}

// Token is a token of a text.
type Token struct {
	ID   int    `json:"id"`
	Text string `json:"text"` // in JSON, U+FFFD for each byte that is not of a whole character
}

// Uncounted is an input that could not be counted.
type Uncounted struct {
	Source string `json:"source"`
	Line   int    `json:"line,omitempty"`
	Error  string `json:"error"`
}

// NewCount is what is known of an input to a model: its tokens, or what keeps them from being known. unseen names what
// nobody here can see, "" for nothing.
func NewCount(model, format string, n tokenizer.Count, unseen string) Count {
	c := Count{Model: model, Format: format, Kind: n.Certainty, Encoding: n.Encoding, count: n}
	if n.Certainty == tokenizer.None {
		c.Uncountable = cmp.Or(unseen, "image") // one of a model without a known rule
		c.Countable = &Countable{n.Tokens, n.Margin}
	} else {
		c.Tokens, c.Margin = &n.Tokens, &n.Margin
	}
	return c
}

// AddNote adds to what is said of the input.
func (c *Count) AddNote(note string) {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note += note
}

// Text is the count for people, after the tokens of a text that was cut: a line, which names the input if it is
// one of several.
func (c Count) Text(several bool) string {
	where := fmt.Sprintf("%s, %s", c.Encoding, ModelText(c.Model))
	line := fmt.Sprintf("%s (%s, %s)", TokensText(c.count.Tokens), surely(c.count), where)
	if c.Uncountable != "" {
		line = fmt.Sprintf("not countable: %s (the rest: %s, %s)", c.Uncountable, restText(c.count), where)
	}
	if c.Line > 0 || several {
		line += " " + Place(c.Source, c.Line)
	}
	return cutText(c.Cut) + line + "\n"
}

// NewCounts sums up counts. Neither list may be nil.
func NewCounts(counts []Count, errors []Uncounted) Counts {
	all := Counts{Schema: SchemaVersion, Counts: counts, Errors: errors}
	for _, c := range counts {
		all.sum = all.sum.Add(c.count)
		if c.Uncountable != "" {
			all.unknown++
		}
	}
	if all.unknown == 0 {
		all.Tokens = &all.sum.Tokens
	}
	return all
}

// Text is the total for people, "" of a single input.
func (c Counts) Text() string {
	if len(c.Counts) == 0 || len(c.Counts)+len(c.Errors) == 1 {
		return ""
	}
	line := fmt.Sprintf("total %s (%s)", TokensText(c.sum.Tokens), surely(c.sum))
	if c.unknown > 0 {
		line = fmt.Sprintf("total not known: %d of them not countable (the rest: %s)", c.unknown, restText(c.sum))
	}
	if len(c.Errors) > 0 {
		line += fmt.Sprintf(", without %s in error", Plural(len(c.Errors), "input"))
	}
	return line + "\n"
}

// TokensText is a number of tokens without separators.
func TokensText(n int64) string {
	if n == 1 {
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", n)
}

// surely says how sure a count is.
func surely(c tokenizer.Count) string {
	how := string(c.Certainty)
	if c.Certainty == tokenizer.Upper {
		how = "upper bound"
	}
	return how + marginText(c)
}

func restText(c tokenizer.Count) string { return TokensText(c.Tokens) + marginText(c) }

func marginText(c tokenizer.Count) string {
	if c.Margin == 0 {
		return ""
	}
	return fmt.Sprintf(", at most %d more", c.Margin)
}

// cutText is the tokens of a text for people: quoted, and on a new line after each that ends a line.
func cutText(all []Token) string {
	var b strings.Builder
	for i, t := range all {
		b.WriteString(strconv.Quote(t.Text))
		if i == len(all)-1 || strings.HasSuffix(t.Text, "\n") {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// ModelText is a model's name as far as it is shown: a request may call its model anything.
func ModelText(name string) string {
	const longest = 64
	if all := []rune(name); len(all) > longest {
		name = string(all[:longest]) + "…"
	}
	return plainly(name)
}

// Place names an input, and a line of it if that is not 0.
func Place(name string, line int) string {
	if line == 0 {
		return plainly(name)
	}
	return fmt.Sprintf("%s:%d", plainly(name), line)
}

// plainly returns a name as a terminal may show it.
func plainly(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

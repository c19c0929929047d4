// Package redact takes out of what a provider says what must not be shown.
//
// Everything that a provider says may say the key or the prompt back, and it goes into errors, logs, books and
// reports. It is passed on through [Error], [Response] or [Text]; only the answer itself (texts, tool calls, reasoning,
// logprobs) is passed on as it came.
package redact

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

// Error takes out of e what repeats a key, or 16 characters in a row of what r says: a message is dropped, and
// so are a code, an id and the text of a cause, and the names in what was answered. A class that came from the words
// of a message that quotes the request was the request's own: then the status decides. r may be nil.
func Error(e *wire.Error, r *wire.Request, keys ...string) {
	s := secretsOf(r, keys)
	e.Code, e.RequestID = s.name(e.Code), s.name(e.RequestID)
	if leak := s.in(e.Message); leak != "" {
		e.Message = dropped(leak)
		if leak == ofRequest && e.ByStatus != "" && (e.Terminal() || e.Class == wire.NoModel) {
			e.Class = e.ByStatus
		}
	}
	if e.Err != nil {
		text := e.Err.Error()
		if clean := s.message(text); clean != text {
			e.Err = &quiet{text: clean, cause: e.Err}
		}
	}
	if e.Answer != nil {
		answer := *e.Answer
		clean(&answer, s)
		e.Answer = &answer
	}
}

// Response empties the names in r that repeat a key, or 16 characters in a row of what asked says, and bounds the others
// to 200 printable characters. The model that was asked for and those that asked knows are kept. asked may be nil.
func Response(r *wire.Response, asked *wire.Request, keys ...string) {
	clean(r, secretsOf(asked, keys))
}

func clean(r *wire.Response, s *secrets) {
	r.Model, r.RequestID = s.model(r.Model), s.name(r.RequestID)
	r.Finish = wire.Finish(s.name(string(r.Finish)))
	if r.Usage != nil {
		u := *r.Usage
		u.Doubt = s.message(u.Doubt) // never emptied: without a doubt a usage is exact
		u.Tier = budget.Tier{Service: s.tier(u.Tier.Service), Region: s.tier(u.Tier.Region)}
		if u != *r.Usage {
			r.Usage = &u
		}
	}
	if r.Choices != nil {
		r.Choices = slices.Clone(r.Choices)
		for i := range r.Choices {
			r.Choices[i].Finish = wire.Finish(s.name(string(r.Choices[i].Finish)))
		}
	}
}

// Text returns text as one line of at most 300 characters, or a note in its place if it repeats a key or 16
// characters in a row of what r says. r may be nil.
func Text(text string, r *wire.Request, keys ...string) string {
	return secretsOf(r, keys).message(text)
}

// message is a text that may be shown.
func (s *secrets) message(text string) string {
	shown := reading.OneLine(text, reading.MaxMessage)
	if leak := cmp.Or(s.in(text), s.in(shown)); leak != "" {
		return dropped(leak)
	}
	return shown
}

func dropped(leak string) string { return "(message dropped: it " + leak + ")" }

// name is a name that may be shown, "" for one that may not. The names that everybody knows are kept, also where a
// prompt speaks of them.
func (s *secrets) name(name string) string {
	if name == "" || refusal.KnownName(name) {
		return printable(name)
	}
	switch wire.Finish(name) {
	case wire.FinishStop, wire.FinishLength, wire.FinishTools, wire.FinishFilter:
		return name
	}
	shown := printable(name)
	if s.in(name) != "" || s.in(shown) != "" { // what is left out may have parted a secret, or pushed it out of sight
		return ""
	}
	return shown
}

// tier is the name of a tier, which stays one that is not known: no tier is the standard one.
func (s *secrets) tier(name string) string {
	if name == "" {
		return ""
	}
	return cmp.Or(s.name(name), "unknown")
}

// model is the name of a model. A dated name that begins with the one asked for says nothing but its date.
func (s *secrets) model(name string) string {
	r := s.request
	if r == nil || name == "" {
		return s.name(name)
	}
	if name == r.Model || r.Known != nil && r.Known(name) {
		return name
	}
	shown := printable(name)
	for _, text := range []string{name, shown} {
		if s.holdsKey(text) || s.quotes(strings.TrimPrefix(text, r.Model)) {
			return ""
		}
	}
	return shown
}

// printable is the beginning of s without what cannot be printed.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, s)
	if runes := []rune(s); len(runes) > reading.MaxName {
		return string(runes[:reading.MaxName])
	}
	return s
}

// quiet is an error with a text that may be shown. It has no Unwrap, so that nothing that prints a chain of errors
// comes to the cause; who looks for a certain error finds it.
type quiet struct {
	text  string
	cause error
}

func (q *quiet) Error() string        { return q.text }
func (q *quiet) Is(target error) bool { return errors.Is(q.cause, target) }
func (q *quiet) As(target any) bool   { return errors.As(q.cause, target) }

// texts returns everything in r that came from its author.
func textsOf(r *wire.Request) []string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, m.Name)
		for _, p := range m.Parts {
			all = append(all, p.Text)
			if p.Call != nil {
				all = append(all, p.Call.Arguments)
			}
			if p.Image != nil { // its address may be signed, and a scheme and a host are no secret
				_, address, _ := strings.Cut(p.Image.URL, "://")
				_, path, _ := strings.Cut(address, "/")
				all = append(all, path)
			}
		}
	}
	for _, t := range r.Tools {
		all = append(all, t.Description, string(t.Schema))
	}
	all = append(all, r.Stop...)
	if r.Body != nil {
		all = slices.Concat(all, r.Body.Extra, r.Body.Addresses)
	}
	return append(all, string(r.Schema))
}

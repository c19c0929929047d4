package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"

	"github.com/orchestrate-go/orchestrate/budget"
)

// maxMessage bounds a provider's message, in characters.
const maxMessage = 300

// maxName bounds what a provider calls something (a model, an attempt, an error), in characters.
const maxName = 200

// garbled is the error of a body that is no answer. It names no part of the body.
func garbled(what string, usage *budget.Usage) *Error {
	return &Error{Class: Garbled, Status: 200, Sent: true, Message: what, Answer: &Response{Usage: usage}}
}

// unreadable is the error of a body that is no JSON of the expected shape.
func unreadable(body []byte, err error) *Error {
	var syntax *json.SyntaxError
	switch {
	case len(body) == 0:
		return garbled("empty body", nil)
	case errors.As(err, &syntax):
		return garbled("no whole JSON", nil)
	}
	return garbled("JSON of another shape", nil)
}

// failure reads an answer that is a refusal: one with an error's status, or one with a success's that has an
// error object in it. What cannot be read is left out; a body that is cut is read as far as it goes.
//
// The error's status is the one of the answer. Inside a success it is the numeric code of the error object, if
// that is one of an error; without such a code no model ran, unless a gateway's words say that one may have.
func failure(status int, body []byte) *Error {
	r := reasonOf(body)
	e := &Error{Status: status, Sent: true, Code: r.code, Message: oneLine(r.message, maxMessage), RequestID: r.requestID,
		RetryAfter: r.wait.after, until: r.wait.until, daily: r.perDay}
	if 200 <= status && status < 300 {
		if r.status != 0 {
			e.Status = r.status
		}
		e.unrun = r.status == 0 && !r.blamesGateway()
	}
	e.Class, e.bare = r.classify(e.Status), r.classifyWords(e.Status)
	if e.waits() {
		r.wait.join(waiting{waitIn(r.message), dateIn(r.message)})
		e.RetryAfter, e.until = r.wait.after, r.wait.until
	}
	return e
}

// streamed reports whether the body of an error is a stream of events.
func streamed(body []byte) bool {
	body = bytes.TrimLeft(body, "\ufeff \t\r\n")
	return bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("event:")) || bytes.HasPrefix(body, []byte(":"))
}

// streamedFailure reads an error that came as a stream: the first event that tells of one is it.
func streamedFailure(status int, body []byte, s Stream) (e *Error) {
	events := Events{Max: len(body)}
	list, _ := events.Feed(body)
	for _, event := range append(list, events.End()...) {
		if event.Data == nil {
			continue
		}
		if _, _, err := s.Event(event.Name, event.Data); err != nil && e == nil {
			e = failure(status, event.Data)
		}
	}
	if e == nil {
		e = failure(status, body)
	}
	return e.with(s.Response())
}

// waits reports whether an error is one that time may cure, so that a wait in its text is one that it asks for.
func (e *Error) waits() bool {
	return e.Class == RateLimit || e.Class == Server || e.Class == Quota
}

// word returns s if it is a plain name, so that an error can carry it without a second look.
func word(s string) string {
	const longest = maxName
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

// oneLine returns s as one line without control characters, at most longest characters long; 0 is any.
func oneLine(s string, longest int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	s = strings.ToValidUTF8(s, "\uFFFD")
	if runes := []rune(s); longest > 0 && len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return s
}

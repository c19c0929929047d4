package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode"

	"github.com/orchestrate-go/orchestrate/budget"
)

// maxMessage bounds a provider's message, in characters.
const maxMessage = 300

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

// failure reads an error answer. All providers nest an object "error"; some put a string there, or the
// message beside it. What cannot be read is left out.
func failure(status int, body []byte) *Error {
	e := &Error{Class: ClassOf(status), Status: status, Sent: true}
	var outer struct {
		Error     json.RawMessage `json:"error"`
		Message   string          `json:"message"`
		RequestID string          `json:"request_id"`
	}
	_ = json.Unmarshal(body, &outer) // a field of another type leaves the others
	var inner struct {
		Type    string          `json:"type"`
		Code    json.RawMessage `json:"code"` // a word, or a number, or null
		Message string          `json:"message"`
	}
	if json.Unmarshal(outer.Error, &inner) != nil {
		_ = json.Unmarshal(outer.Error, &outer.Message)
	}
	_ = json.Unmarshal(inner.Code, &e.Code)
	if e.Code == "" {
		e.Code = inner.Type
	}
	if e.Message = inner.Message; e.Message == "" {
		e.Message = outer.Message
	}
	e.Class = classify(status, e.Class, e.Code, inner.Type, e.Message)
	e.Code, e.RequestID, e.Message = word(e.Code), word(outer.RequestID), oneLine(e.Message, maxMessage)
	return e
}

// words are the providers' own names for failures, where they say more than the status, or come without
// one inside a stream. Sources: the error references of OpenAI and Anthropic.
var words = map[string]Class{
	"insufficient_quota":         Quota,
	"billing_hard_limit_reached": Quota,
	"billing_not_active":         Quota,
	"billing_error":              Quota,
	"invalid_api_key":            Auth,
	"authentication_error":       Auth,
	"permission_error":           Auth,
	"rate_limit_exceeded":        RateLimit,
	"rate_limit_error":           RateLimit,
	"overloaded_error":           Server,
	"api_error":                  Server,
	"server_error":               Server,
	"timeout_error":              Server,
	"invalid_request_error":      Invalid,
	"not_found_error":            Invalid,
	"request_too_large":          Invalid,
	"context_length_exceeded":    Invalid,
}

// classify refines the class of a status. An empty account and a bad key come with several statuses, so
// their words count everywhere; the others count only where the status is that of a success.
func classify(status int, class Class, code, kind, message string) Class {
	for _, w := range []string{code, kind} {
		if c := words[w]; c == Quota || c == Auth {
			return c
		}
	}
	// Anthropic says this with status 400 and type invalid_request_error.
	if strings.Contains(strings.ToLower(message), "credit balance") {
		return Quota
	}
	if status >= 300 {
		return class
	}
	for _, w := range []string{code, kind} {
		if c := words[w]; c != "" {
			return c
		}
	}
	return Server
}

// word returns s if it is a plain name, so that an error can carry it without a second look.
func word(s string) string {
	const longest = 80
	for _, r := range s {
		if r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:", r)) {
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

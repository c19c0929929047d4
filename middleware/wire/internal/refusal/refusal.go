// Package refusal reads why an answer is none: class, code, message and wait, wherever a body or a header says them.
package refusal

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// NoAnswer is the error of a body that is no answer. It names no part of the body.
func NoAnswer(what string) *wire.Error {
	return &wire.Error{Class: wire.Garbled, Status: 200, Sent: true, Message: what}
}

// unreadable is the error of a body that is no JSON of the expected shape.
func unreadable(body []byte, err error) *wire.Error {
	var syntax *json.SyntaxError
	switch {
	case len(body) == 0:
		return NoAnswer("empty body")
	case errors.As(err, &syntax):
		return NoAnswer("no whole JSON")
	}
	return NoAnswer("JSON of another shape")
}

// Of reads an answer that is a refusal: one with an error's status, or one with a success's that has an
// error object in it. What cannot be read is left out; a body that is cut is read as far as it goes.
//
// The error's status is the one of the answer. Inside a success it is the numeric code of the error object, if
// that is one of an error; without such a code no model ran, unless a gateway's words say that one may have.
func Of(status int, body []byte) *wire.Error {
	r := reasonOf(body)
	e := &wire.Error{Status: status, Sent: true, Code: r.code, Message: reading.OneLine(r.message, reading.MaxMessage), RequestID: r.requestID,
		RetryAfter: r.wait.After, RetryAt: r.wait.Until, Daily: r.perDay}
	if 200 <= status && status < 300 {
		if r.status != 0 {
			e.Status = r.status
		}
		e.NotRun = r.status == 0 && !r.blamesGateway()
	}
	e.Class, e.ByStatus = r.classify(e.Status), r.classifyWords(e.Status)
	if waits(e) {
		r.wait.Join(Wait{waitIn(r.message), dateIn(r.message)})
		e.RetryAfter, e.RetryAt = r.wait.After, r.wait.Until
	}
	return e
}

// IsStream reports whether the body of an error is a stream of events.
func IsStream(body []byte) bool {
	body = bytes.TrimLeft(body, "\ufeff \t\r\n")
	return bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("event:")) || bytes.HasPrefix(body, []byte(":"))
}

// OfStream reads an error that came as a stream: the first event that tells of one is it.
func OfStream(status int, body []byte, s wire.Stream) (e *wire.Error) {
	events := sse.Events{Max: len(body)}
	list, _ := events.Feed(body)
	for _, event := range append(list, events.End()...) {
		if event.Data == nil {
			continue
		}
		if _, _, err := s.Event(event.Name, event.Data); err != nil && e == nil {
			e = Of(status, event.Data)
		}
	}
	if e == nil {
		e = Of(status, body)
	}
	return With(e, s.Response())
}

// waits reports whether an error is one that time may cure, so that a wait in its text is one that it asks for.
func waits(e *wire.Error) bool {
	return e.Class == wire.RateLimit || e.Class == wire.Server || e.Class == wire.Quota
}

// EndedBadly is the error of an answer whose reason to end is a failure.
func EndedBadly(reason string) *wire.Error {
	what := "an error that it does not name"
	if name := reading.Word(reason); name != "" && name != string(wire.FinishError) {
		what = name
	}
	return &wire.Error{Class: wire.Server, Status: 200, Sent: true, Message: "the answer ended with " + what}
}

// Answered gives an error what came all the same.
func Answered(e *wire.Error, r *wire.Response) *wire.Error {
	e.Answer = r
	return e
}

// With gives the error of another status than success what was delivered with it, and the usage that it reports.
func With(e *wire.Error, r *wire.Response) *wire.Error {
	if r.Reported() || r.Delivered() {
		e.Answer = r
	}
	return e
}

// Cut says of an answer that its body was not whole.
func Cut(r *wire.Response) *wire.Response {
	if u := r.Usage; u != nil && u.Unknown != budget.BothSides && u.Doubt == "" {
		u.Doubt = "answered with a body that was cut"
	}
	return r
}

// NoObject is the error of a body that is no whole JSON object.
func NoObject(body []byte) *wire.Error { return unreadable(body, json.Unmarshal(body, new(struct{}))) }

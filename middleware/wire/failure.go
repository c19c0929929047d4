package wire

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/orchestrate-go/orchestrate/budget"
)

// garbled is the error of a body that is no answer. It names no part of the body.
func NoAnswer(what string, usage *budget.Usage) *Error {
	return &Error{Class: Garbled, Status: 200, Sent: true, Message: what, Answer: &Response{Usage: usage}}
}

// unreadable is the error of a body that is no JSON of the expected shape.
func unreadable(body []byte, err error) *Error {
	var syntax *json.SyntaxError
	switch {
	case len(body) == 0:
		return NoAnswer("empty body", nil)
	case errors.As(err, &syntax):
		return NoAnswer("no whole JSON", nil)
	}
	return NoAnswer("JSON of another shape", nil)
}

// failure reads an answer that is a refusal: one with an error's status, or one with a success's that has an
// error object in it. What cannot be read is left out; a body that is cut is read as far as it goes.
//
// The error's status is the one of the answer. Inside a success it is the numeric code of the error object, if
// that is one of an error; without such a code no model ran, unless a gateway's words say that one may have.
func Failure(status int, body []byte) *Error {
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
	if waits(e) {
		r.wait.join(waiting{waitIn(r.message), dateIn(r.message)})
		e.RetryAfter, e.until = r.wait.after, r.wait.until
	}
	return e
}

// streamed reports whether the body of an error is a stream of events.
func IsStream(body []byte) bool {
	body = bytes.TrimLeft(body, "\ufeff \t\r\n")
	return bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("event:")) || bytes.HasPrefix(body, []byte(":"))
}

// streamedFailure reads an error that came as a stream: the first event that tells of one is it.
func StreamFailure(status int, body []byte, s Stream) (e *Error) {
	events := Events{Max: len(body)}
	list, _ := events.Feed(body)
	for _, event := range append(list, events.End()...) {
		if event.Data == nil {
			continue
		}
		if _, _, err := s.Event(event.Name, event.Data); err != nil && e == nil {
			e = Failure(status, event.Data)
		}
	}
	if e == nil {
		e = Failure(status, body)
	}
	return With(e, s.Response())
}

// waits reports whether an error is one that time may cure, so that a wait in its text is one that it asks for.
func waits(e *Error) bool {
	return e.Class == RateLimit || e.Class == Server || e.Class == Quota
}

// endedBadly is the error of an answer whose reason to end is a failure.
func EndedBadly(reason string) *Error {
	what := "an error that it does not name"
	if name := Word(reason); name != "" && name != string(FinishError) {
		what = name
	}
	return &Error{Class: Server, Status: 200, Sent: true, Message: "the answer ended with " + what}
}

// answered gives an error what came all the same.
func Answered(e *Error, r *Response) *Error {
	e.Answer = r
	return e
}

// with gives the error of another status than success what was delivered with it, and the usage that it reports.
func With(e *Error, r *Response) *Error {
	if r.Reported() || r.Delivered() {
		e.Answer = r
	}
	return e
}

// cut says of an answer that its body was not whole.
func Cut(r *Response) *Response {
	if r.Usage != nil && r.Doubt == "" {
		r.Doubt = doubtCut
	}
	return r
}

// noObject is the error of a body that is no whole JSON object.
func NoObject(body []byte) *Error { return unreadable(body, json.Unmarshal(body, new(struct{}))) }

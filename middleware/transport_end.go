package middleware

import (
	"bytes"
	"io"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// conclude ends the call after what was read so far: with an answer if that is whole, however the body
// ended.
func (t *tap) conclude(why error) {
	if t.over {
		return
	}
	if broken := guard(func() { t.judge(why) }); broken != nil {
		t.settle(nil, broken)
	}
}

// judge is the whole of conclude where the format does not panic.
func (t *tap) judge(why error) {
	lost := why
	if why == io.EOF {
		lost = io.ErrUnexpectedEOF
	}
	switch {
	case t.opaque != nil:
		t.settle(nil, t.opaque)
	case t.broken != nil:
		e := *t.broken
		e.Answer = t.stream.Response()
		t.settle(nil, &e)
	case t.stream != nil:
		answer := t.stream.Response()
		if t.stream.Done() || answer.Finish != "" { // some servers end without a last word
			t.settle(answer, nil)
			return
		}
		t.settle(nil, &wire.Error{Class: wire.Lost, Answer: answer, Err: lost})
	default:
		answer, err := t.call.format.Decode(t.plain.Bytes())
		if err != nil && why != io.EOF {
			err = &wire.Error{Class: wire.Lost, Answer: wire.AsError(err).Answer, Err: lost}
		}
		t.settle(answer, err)
	}
}

// giveUp ends the call of a body that can no longer be understood, with what was. The client gets the rest all the same.
func (t *tap) giveUp(why error) {
	t.opaque = why
	e := *wire.AsError(why)
	_ = guard(func() {
		if t.stream != nil {
			e.Answer = t.stream.Response()
		} else if answer, err := t.call.format.Decode(t.plain.Bytes()); err == nil {
			e.Answer = answer
		} else {
			e.Answer = wire.AsError(err).Answer
		}
	})
	t.plain = bytes.Buffer{}
	t.settle(nil, &e)
}

// settle says how the call ended, once. An error says that the client has got something already: nothing
// may be tried again.
func (t *tap) settle(answer *Response, err error) {
	if t.over {
		return
	}
	if err != nil {
		e := *wire.AsError(err)
		e.At(t.response.StatusCode)
		e.Sent, e.Started = true, true
		headers.OfError(&e, t.response.Header.Get, time.Now())
		if guard(func() { redact.Error(&e, t.request, t.call.secrets()...) }) != nil {
			e.Message = ""
		}
		answer, err = nil, &e
	} else {
		headers.OfAnswer(answer, t.response.Header.Get)
		if guard(func() { redact.Response(answer, t.request, t.call.secrets()...) }) != nil {
			answer.Model, answer.RequestID, answer.Finish = "", "", ""
		}
	}
	t.over, t.answer, t.failed = true, answer, err
	close(t.ended)
}

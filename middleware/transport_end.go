package middleware

import (
	"io"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
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
	case t.stream != nil:
		answer := t.stream.Response()
		if answer.Finish != "" { // some servers end without a last word
			t.settle(answer, nil)
			return
		}
		t.settle(nil, &wire.Error{Class: wire.Lost, Answer: answer, Err: lost})
	default:
		answer, err := t.call.format.Decode(t.plain.Bytes())
		if err != nil && why != io.EOF {
			err = &wire.Error{Class: wire.Lost, Err: lost}
		}
		t.settle(answer, err)
	}
}

// settle says how the call ended, once. An error says that the client has got something already: nothing
// may be tried again.
func (t *tap) settle(answer *Response, err error) {
	if t.over {
		return
	}
	id := wire.RequestID(t.response.Header.Get)
	if err != nil {
		e := *wire.AsError(err)
		e.Status, e.Sent, e.Started = t.response.StatusCode, true, true
		if id != "" {
			e.RequestID = id
		}
		if guard(func() { e.Redact(t.request, t.call.key()) }) != nil {
			e.Message = ""
		}
		answer, err = nil, &e
	} else if id != "" {
		answer.RequestID = id
	}
	t.over, t.answer, t.failed = true, answer, err
	close(t.ended)
}

package provider

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// The most that is read of an answer.
const (
	maxPlain  = 32 << 20
	maxStream = 256 << 20 // each token of a stream comes in an envelope of its own
)

// answer is one answer while it is read.
type answer struct {
	*call
	response *http.Response
	started  bool // a delta was passed on
	passing  bool // while the caller has a delta
	shy      bool // it refuses to stream
}

// read reads the answer. A format that panics ends this attempt and no more: it may have been billed.
func (a *answer) read() (whole *middleware.Response, err error) {
	defer func() {
		if !a.passing && recover() != nil {
			whole, err = nil, &wire.Error{Class: wire.Garbled, Message: "an answer that cannot be read"}
		}
	}()
	body := a.response.Body
	switch status := a.response.StatusCode; {
	case status >= 300 && status < 400:
		e := a.refusal(body)
		e.Class, e.Message = wire.Invalid, "a redirect, which is not followed: give the final address as base URL"
		return nil, e
	case status < 200 || status >= 300:
		return nil, a.refusal(body)
	}
	ahead := bufio.NewReader(body)
	if events := a.splitter(ahead); events != nil {
		return a.stream(events, struct {
			io.Reader
			io.Closer
		}{ahead, body})
	}
	text, cut := io.ReadAll(io.LimitReader(ahead, maxPlain+1))
	whole, err = a.provider.config.Format.Decode(text)
	switch {
	case len(text) > maxPlain:
		return nil, &wire.Error{Class: wire.Garbled, Answer: came(whole, err), Message: "the answer is larger than 32 MiB"}
	case err == nil:
		a.pass(wire.Delta{Text: whole.Text}) // a server that cannot stream
	case cut != nil:
		err = &wire.Error{Class: wire.Lost, Answer: wire.AsError(err).Answer, Err: cut}
	}
	return whole, err
}

// came is what came of an answer that was read or could not be.
func came(whole *middleware.Response, err error) *middleware.Response {
	if err != nil {
		return wire.AsError(err).Answer
	}
	return whole
}

// refusal reads an answer with another status than success. Half an error is still one.
func (a *answer) refusal(body io.Reader) *wire.Error {
	text, _ := io.ReadAll(io.LimitReader(body, maxPlain))
	a.shy = a.request.Streams() && refusesStream(a.response.StatusCode, text)
	return a.provider.config.Format.DecodeError(a.response.StatusCode, text)
}

// splitter takes a body apart that is a stream, by its type and by how it begins; nil for one that is none.
func (a *answer) splitter(body *bufio.Reader) sse.Splitter {
	asked := a.request.Streams()
	if raw := a.request.Body; raw != nil {
		asked = raw.Stream
	}
	contentType := a.response.Header.Get("Content-Type")
	if own, framed := a.provider.config.Format.Stream().(sse.Framed); framed && asked && !sse.Streamed(contentType, false) {
		return own.Splitter()
	}
	typed := sse.Streamed(contentType, asked)
	for n := 1; ; n = max(n+1, body.Buffered()) {
		begin, err := body.Peek(n)
		switch is, known := sse.Begins(begin, typed); {
		case !known && err == nil:
		case is:
			return new(sse.Events)
		default:
			return nil
		}
	}
}

func (a *answer) pass(d wire.Delta) {
	if d.Text != "" && a.request.OnDelta != nil {
		a.started, a.passing = true, true
		a.request.OnDelta(d)
		a.passing = false
	}
}

func (a *answer) stream(events sse.Splitter, body io.ReadCloser) (*middleware.Response, error) {
	var (
		ceiling middleware.Ceiling
		stream  = a.provider.config.Format.Stream()
		limit   = io.LimitReader(body, maxStream)
		buf     = make([]byte, 16<<10)
	)
	for {
		n, readErr := limit.Read(buf)
		list, err := events.Feed(buf[:n])
		if err != nil {
			return nil, rest(err, stream, events, list, body)
		}
		if readErr == io.EOF {
			list = append(list, events.End()...)
		}
		for i, event := range list {
			if event.Data == nil || stream.Done() {
				continue
			}
			delta, _, err := stream.Event(event.Name, event.Data)
			if err != nil {
				return nil, rest(err, stream, events, list[i+1:], body)
			}
			a.pass(delta)
		}
		passed := ceiling.Passed(n, a.request, stream)
		switch {
		case stream.Done():
			drain(body)
			return stream.Response(), nil
		case readErr == nil && passed != nil:
			return nil, rest(passed, stream, events, nil, body)
		case readErr == nil:
			continue
		case readErr == io.EOF:
			readErr = io.ErrUnexpectedEOF
			if whole := stream.Response(); whole.Finish != "" { // some servers end without a last word
				return whole, nil
			}
		}
		return nil, &wire.Error{Class: wire.Lost, Answer: stream.Response(), Err: readErr}
	}
}

// rest completes the error of a stream with what came all the same: some servers report usage after it.
func rest(err error, stream wire.Stream, events sse.Splitter, list []sse.Event, body io.ReadCloser) error {
	read := func(list []sse.Event) {
		for _, event := range list {
			if event.Data != nil && !stream.Done() {
				_, _, _ = stream.Event(event.Name, event.Data)
			}
		}
	}
	read(list) // before more is fed, which may write over it
	more, _ := events.Feed(drain(body))
	read(more)
	read(events.End())
	var e *wire.Error
	if errors.As(err, &e) {
		e.Answer = stream.Response()
	}
	return err
}

// drain reads the end of a stream after its terminal event, so that the connection can be used again. It
// does not wait for a server that leaves it open.
func drain(body io.ReadCloser) []byte {
	const patience = 100 * time.Millisecond
	timer := time.AfterFunc(patience, func() { body.Close() })
	defer timer.Stop()
	end, _ := io.ReadAll(io.LimitReader(body, 4<<10))
	return end
}

// failure completes an error with what is known of the answer, and takes the key and the prompt out of it.
func (a *answer) failure(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		e = &wire.Error{Class: wire.Garbled, Err: err}
	}
	e.At(a.response.StatusCode)
	e.Sent, e.Started = true, a.started
	headers.OfError(e, a.response.Header.Get, time.Now())
	return a.quiet(e)
}

package middleware

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// tap is an answer's body on its way to the client: it reads along until it knows how the call ended.
type tap struct {
	call     *call
	request  *Request
	response *http.Response
	upstream io.ReadCloser
	cancel   context.CancelCauseFunc // of the connection
	unwatch  func() bool             // of the client's context

	// The reader's own.
	buf *chunk // lent until the end
	out []byte // read, and not yet taken by the client
	err error  // what comes after out

	mu     sync.Mutex // Read, Close and the end of a context may meet
	begin  beginning
	events sse.Splitter // &sse unless the format has a frame of its own
	sse    sse.Events
	framed bool        // it has
	taken  int         // bytes of a stream so far
	stream wire.Stream // nil for a plain answer
	plain  bytes.Buffer
	hide   bool        // events that the client did not ask for
	why    error       // a context's, that ended the body
	broken *wire.Error // an error that the stream told
	opaque error       // why the body can no longer be understood; it still goes to the client
	over   bool
	passed bool          // its ceiling, or what can be counted: it was cut
	ended  chan struct{} // closed when over; the outcome is then set
	answer *Response
	failed error

	ceiling Ceiling
}

// chunk is what an answer is read into.
type chunk [16 << 10]byte

// chunks are lent from one answer to the next.
var chunks = sync.Pool{New: func() any { return new(chunk) }}

var (
	errClosed     = errors.New("the client closed the answer before its end")
	errCompressed = &wire.Error{Class: wire.Garbled, Message: "the answer is compressed"}
	errTooLarge   = &wire.Error{Class: wire.Garbled, Message: "the answer is larger than 32 MiB"}
	errTooLong    = &wire.Error{Class: wire.Garbled, Message: "the answer is a stream of more than 256 MiB"}
)

// newTap puts a tap into resp. asked says that the usage in its events was asked for by nobody but the door.
func newTap(c *call, r *Request, resp *http.Response, cancel context.CancelCauseFunc, asked bool) *tap {
	t := &tap{
		call: c, request: r, response: resp, upstream: resp.Body, cancel: cancel,
		buf: chunks.Get().(*chunk), ended: make(chan struct{}),
	}
	t.events = &t.sse
	if t.streamed(resp.Header.Get("Content-Type")) {
		t.hide = t.opaque == nil && !c.parsed.Body.Usage && (asked || !c.parsed.Body.Stream)
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		t.opaque, t.hide = errCompressed, false
	}
	if t.hide { // the client gets fewer bytes than there are
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
	}
	resp.Body, resp.Request = t, c.request
	t.unwatch = context.AfterFunc(c.request.Context(), func() { t.cut(c.request.Context()) })
	return t
}

// streamed reports whether the answer is a stream by its type, and begins to read it.
func (t *tap) streamed(contentType string) bool {
	asked := t.call.parsed.Body.Stream
	t.opaque = guard(func() {
		events := sse.Streamed(contentType, asked)
		if !events && !asked {
			return
		}
		stream := t.call.format.Stream()
		if own, framed := stream.(sse.Framed); framed && !sse.Streamed(contentType, false) {
			t.events, t.framed, events = own.Splitter(), true, true
		}
		if events {
			t.stream = stream
		}
	})
	return t.stream != nil
}

// wait returns how the call ended. The end of ctx is one of the ways.
func (t *tap) wait(ctx context.Context) (*Response, error) {
	select {
	case <-t.ended:
	case <-ctx.Done():
		t.cut(ctx)
	}
	return t.answer, t.failed
}

// cut ends the call and the body with a context.
func (t *tap) cut(ctx context.Context) {
	t.mu.Lock()
	t.why = context.Cause(ctx)
	t.conclude(t.why)
	t.mu.Unlock()
	_ = t.shut()
}

// shut breaks the connection.
func (t *tap) shut() error {
	err := t.upstream.Close()
	t.cancel(nil)
	return err
}

// Read gives the client what the provider sent. At the end of the body it waits until the call is booked.
func (t *tap) Read(p []byte) (int, error) {
	for len(t.out) == 0 && t.err == nil {
		n, err := t.upstream.Read(t.buf[:])
		t.out, t.err = t.take(t.buf[:n], err)
		if t.passed {
			_ = t.shut()
		}
	}
	if len(t.out) == 0 {
		<-t.call.done
		if t.buf != nil { // nothing reads into it any more, and what was read is booked
			chunks.Put(t.buf)
			t.buf = nil
		}
		return 0, t.err
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// Close ends the call if the body did not, and waits until it is booked.
func (t *tap) Close() error {
	err := t.abandon()
	<-t.call.done
	return err
}

func (t *tap) abandon() error {
	t.unwatch()
	t.mu.Lock()
	t.conclude(errClosed)
	t.mu.Unlock()
	return t.shut()
}

// take reads along and returns what the client gets to see.
func (t *tap) take(chunk []byte, err error) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	shown := chunk
	kept := t.recognise(chunk)
	switch {
	case t.opaque != nil:
	case t.stream != nil:
		shown = t.follow(chunk, err)
	case t.plain.Len()+len(chunk) > maxBody:
		t.giveUp(errTooLarge)
	default:
		t.plain.Write(chunk)
	}
	switch {
	case err != nil:
	case t.passed:
		err = t.failed
	case t.stream != nil && t.opaque == nil:
		err = t.bound(len(chunk))
	}
	if err != nil {
		t.conclude(err)
		if t.why != nil && err != io.EOF {
			err = t.why // rather than what became of the connection
		}
	}
	if len(kept) > 0 {
		shown = append(kept, shown...)
	}
	return shown, err
}

// bound ends the call, and the body of one that is over without a last event, if a stream has gone on past its
// ceiling. It comes after everything that was read: usage that is among that counts.
func (t *tap) bound(n int) error {
	var passed error
	_ = guard(func() { passed = t.ceiling.Passed(n, t.request, t.stream) }) // what cannot be read says so itself
	if passed != nil {
		t.passed = true
		t.settle(nil, passed)
	}
	return passed
}

// follow reads the events of a stream. Where some are hidden, an event is shown when it is whole.
func (t *tap) follow(chunk []byte, end error) []byte {
	t.taken += len(chunk)
	events, err := t.events.Feed(chunk)
	if err == nil && t.taken > maxStream {
		err = errTooLong
	}
	if end == io.EOF {
		events = append(events, t.events.End()...)
	}
	var shown []byte
	for _, event := range events {
		if hide := t.read(event); t.hide && !hide {
			shown = append(shown, event.Raw...)
		}
	}
	if err != nil {
		t.giveUp(err)
		t.passed = t.request.Ceiling > 0 && t.answer == nil // an event without an end is a stream without one
	}
	switch {
	case !t.hide:
		return chunk
	case err != nil || end != nil:
		return append(shown, t.events.Rest()...)
	}
	return shown
}

// read takes one event and reports whether it is one that only we asked for.
func (t *tap) read(event sse.Event) (hide bool) {
	if event.Data == nil || t.opaque != nil {
		return false
	}
	broken := guard(func() {
		var delta Delta
		var err error
		delta, hide, err = t.stream.Event(event.Name, event.Data)
		switch {
		case t.over:
			return
		case err != nil:
			hide = false
			t.broken = cmp.Or(t.broken, wire.AsError(err)) // usage may still follow
			return
		case delta.Text != "" && t.request.OnDelta != nil:
			t.request.OnDelta(delta)
		}
		if t.stream.Done() {
			t.judge(io.EOF)
		}
	})
	if broken != nil {
		t.giveUp(broken)
		return false
	}
	return hide
}

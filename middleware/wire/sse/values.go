package sse

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Splitter takes a stream apart as its bytes come in. The Raws of all events, followed by Rest, are the stream to the
// byte. It is used by one goroutine.
type Splitter interface {
	// Feed takes the next bytes and returns the events that they complete. An error, an *Error of class Garbled, is
	// final.
	Feed(chunk []byte) ([]Event, error)

	// End says that the stream is over and returns what its last bytes make, if that is whole.
	End() []Event

	// Rest returns what was fed and is part of no event yet. It is valid until the next call of Feed.
	Rest() []byte
}

// Framed is a [wire.Stream] that comes in another frame than that of server-sent events.
type Framed interface {
	wire.Stream
	Splitter() Splitter
}

// Values takes a stream of JSON values apart: a list that grows, or values one after the other, as in NDJSON. What is no
// JSON is an event by the line, for the reader of the stream to refuse. Data is part of Raw here, and valid as long. The
// zero value is ready to use, by one goroutine.
type Values struct {
	Max int // bytes that one value may have; 0 is 8 MiB

	buf   []byte // what was fed and not yet passed on
	start int    // of what belongs to no event yet, in buf
	from  int    // where the value begins that is being read
	seen  int    // up to where it was read
	kind  byte   // its first byte; 0 between two values
	depth int
	in    bool // a string
	skip  bool // the next byte, after a backslash
	err   error
}

// Feed takes the next bytes; see [Splitter].
func (v *Values) Feed(chunk []byte) (events []Event, err error) {
	if v.err != nil {
		return nil, v.err
	}
	if v.start > 0 {
		v.buf = v.buf[:copy(v.buf, v.buf[v.start:])]
		v.from, v.seen, v.start = v.from-v.start, v.seen-v.start, 0
	}
	v.buf = append(v.buf, chunk...)
	for v.seen < len(v.buf) {
		if v.next(v.buf[v.seen]) {
			events = append(events, v.value())
		}
	}
	limit := v.Max
	if limit == 0 {
		limit = maxEvent
	}
	if len(v.buf)-v.start > limit {
		v.err = &wire.Error{Class: wire.Garbled, Sent: true, Message: fmt.Sprintf("a value of a stream is larger than %d bytes", limit)}
	}
	return events, v.err
}

// next takes the byte at seen, and reports whether it ends a value.
func (v *Values) next(c byte) (whole bool) {
	v.seen++
	switch {
	case v.kind == 0:
		v.begin(c)
		return false
	case v.kind != '{': // no object: up to the end of its line
		return c == '\n'
	case v.skip:
		v.skip = false
	case v.in:
		v.skip, v.in = c == '\\', c != '"'
	case c == '"':
		v.in = true
	case c == '{' || c == '[':
		v.depth++
	case c == '}' || c == ']':
		v.depth--
		return v.depth == 0
	}
	return false
}

// begin takes a byte between two values: what holds a list together, or the first of a value.
func (v *Values) begin(c byte) {
	if bytes.IndexByte([]byte(" \t\r\n,[]\xef\xbb\xbf"), c) >= 0 {
		return
	}
	v.kind, v.from = c, v.seen-1
	if c == '{' {
		v.depth = 1
	}
}

// value ends the value that is being read.
func (v *Values) value() Event {
	event := Event{Data: slices.Clip(bytes.TrimRight(v.buf[v.from:v.seen], "\r\n")), Raw: v.buf[v.start:v.seen]}
	v.start, v.kind = v.seen, 0
	return event
}

// End returns a last line that is no object; half an object is half an answer. See [Splitter].
func (v *Values) End() []Event {
	if v.err != nil || v.kind == 0 || v.kind == '{' {
		return nil
	}
	return []Event{v.value()}
}

// Rest returns what is part of no event yet; see [Splitter].
func (v *Values) Rest() []byte { return v.buf[v.start:] }

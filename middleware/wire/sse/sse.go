// Package sse takes streams apart: of server-sent events, and of JSON values.
package sse

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// maxEvent bounds one server-sent event. The largest real ones carry a whole answer in one piece.
const maxEvent = 8 << 20

// Event is one block of a stream of server-sent events.
type Event struct {
	Name string // of its "event" field, or ""

	// Data is the text of its "data" fields, joined by newlines. It is nil for a block that has none (a
	// comment that keeps the connection alive): nothing is to be done with it.
	Data []byte

	// Raw is the block as it came, the blank line included. The Raws of all events, followed by
	// [Events.Rest], are the stream to the byte. It is valid until the next call of Feed or End.
	Raw []byte
}

// Events takes a stream of server-sent events apart as its bytes come in, in whatever pieces. It follows
// https://html.spec.whatwg.org/multipage/server-sent-events.html, except that it ignores "id" and "retry", and that
// it reads what servers send all the same: a line of data after a whole JSON object begins another event, though no
// blank line is between (anomalyco/opencode#27365), a field "error" is the data of an event of that name (llama.cpp
// of 2025, coddy-project/coddy-agent#106), and a last line that is whole needs no end.
// The zero value is ready to use, by one goroutine.
type Events struct {
	Max int // bytes that one event may have; 0 is 8 MiB

	buf   []byte // what was fed and not yet passed on
	start int    // of the block that is being read, in buf
	line  int    // start of its unfinished line
	seen  int    // up to where that line was searched for its end

	begun bool // the first line, which may have a byte order mark, was read
	name  string
	data  []byte
	lines int    // of data
	next  string // the name that came after data
	err   error
}

// Feed takes the next bytes of the stream and returns the events that they complete. An error, an *Error
// of class Garbled, means that an event is too large; it is final.
func (e *Events) Feed(chunk []byte) ([]Event, error) {
	if e.err != nil {
		return nil, e.err
	}
	if e.start > 0 {
		e.buf = e.buf[:copy(e.buf, e.buf[e.start:])]
		e.line, e.seen, e.start = e.line-e.start, e.seen-e.start, 0
	}
	e.buf = append(e.buf, chunk...)
	return e.read(false), e.err
}

// End says that the stream is over and returns the event that its last whole lines make, if they do. An
// unfinished line is part of it only if its data is whole: half a line is half an answer.
func (e *Events) End() []Event {
	if e.err != nil {
		return nil
	}
	events := e.read(true)
	if line := e.buf[e.line:]; ended(line) {
		if e.follows(line) {
			events = append(events, e.split(e.line))
		}
		e.field(line)
		e.line = len(e.buf)
	}
	if e.data != nil {
		events = append(events, e.block(e.line))
	}
	return events
}

// Rest returns what was fed and is part of no event yet. It is valid until the next call of Feed.
func (e *Events) Rest() []byte { return e.buf[e.start:] }

// read takes the whole lines in buf. A carriage return at the end of buf may be half of a line's end, so
// it waits for the next byte unless there is none.
func (e *Events) read(over bool) (events []Event) {
	limit := e.Max
	if limit == 0 {
		limit = maxEvent
	}
	for {
		i := bytes.IndexAny(e.buf[e.seen:], "\r\n")
		if i < 0 {
			e.seen = len(e.buf)
			break
		}
		end := e.seen + i
		next := end + 1
		if e.buf[end] == '\r' {
			if next == len(e.buf) && !over {
				e.seen = end
				break
			}
			if next < len(e.buf) && e.buf[next] == '\n' {
				next++
			}
		}
		if e.follows(e.buf[e.line:end]) {
			events = append(events, e.split(e.line))
		}
		blank := e.field(e.buf[e.line:end])
		e.line, e.seen = next, next
		if next-e.start > limit {
			break
		}
		if blank {
			events = append(events, e.block(next))
		}
	}
	if len(e.buf)-e.start > limit {
		e.err = &wire.Error{Class: wire.Garbled, Sent: true, Message: fmt.Sprintf("a server-sent event is larger than %d bytes", limit)}
	}
	return events
}

// field takes one line and reports whether it is blank.
func (e *Events) field(line []byte) (blank bool) {
	if !e.begun {
		e.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) == 0 {
		return true
	}
	name, value := cutField(line)
	switch name {
	case "event":
		if e.data == nil {
			e.name = string(value)
		} else {
			e.next = string(value)
		}
	case "error":
		if e.data == nil && bytes.HasPrefix(value, []byte("{")) {
			e.name, e.data, e.lines = "error", bytes.Clone(value), 1
		}
	case "data":
		e.lines++
		if e.data == nil {
			e.data = make([]byte, 0, len(value))
		} else {
			e.data = append(e.data, '\n')
		}
		e.data = append(e.data, value...)
	}
	return false
}

// cutField takes a line apart.
func cutField(line []byte) (name string, value []byte) {
	head, value, _ := bytes.Cut(line, []byte(":"))
	return string(head), bytes.TrimPrefix(value, []byte(" "))
}

// follows reports whether line is the data of another event than the one that is being read, whose data is a whole
// object: nothing can be added to that. Only its first line is looked at, so that the time stays linear.
func (e *Events) follows(line []byte) bool {
	if e.lines != 1 || len(line) == 0 {
		return false
	}
	name, value := cutField(line)
	if name != "data" || len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return false
	}
	_, whole := reading.NodeOf(e.data)
	return whole
}

// ended reports whether a line that has no end is whole all the same.
func ended(line []byte) bool {
	name, value := cutField(line)
	if name != "data" {
		return false
	}
	_, whole := reading.NodeOf(value)
	return whole || string(value) == "[DONE]"
}

// block ends the block that is being read at buf[:end].
func (e *Events) block(end int) Event {
	event := Event{Name: cmp.Or(e.next, e.name), Data: e.data, Raw: e.buf[e.start:end]}
	e.start, e.name, e.data, e.lines, e.next = end, "", nil, 0, ""
	return event
}

// split is block where the next event has begun: a name that came after the data is the next one's.
func (e *Events) split(end int) Event {
	name := e.next
	e.next = ""
	event := e.block(end)
	e.name = name
	return event
}

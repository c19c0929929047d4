package gemini

import (
	"bytes"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// listed reports whether the answer is a list that grows.
func (c call) listed() bool { return c.method == stream && !c.events }

func (c call) Stream() wire.Stream {
	if c.listed() {
		return list{&pieces{reader: newReader()}}
	}
	return &pieces{reader: newReader()}
}

// pieces is a stream: each of its events is an answer with what is new. It has no last word, but for that of gateways.
type pieces struct {
	*reader
	done bool
}

// list is a stream that comes as a list in JSON.
type list struct{ *pieces }

func (list) Splitter() sse.Splitter { return new(sse.Values) }

func (s *pieces) Event(_ string, data []byte) (d wire.Delta, hide bool, err error) {
	data = bytes.TrimSpace(data)
	if string(data) == "[DONE]" {
		s.done = true
		return wire.Delta{}, false, nil
	}
	top, object := reading.NodeOf(data)
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return wire.Delta{}, false, nil
	case !object:
		return wire.Delta{}, false, refusal.Answered(refusal.NoObject(data), s.Response())
	}
	d.Text = s.read(top)
	if e := s.failure(); e != nil {
		return d, false, refusal.Answered(e, s.Response())
	}
	return d, false, nil
}

func (s *pieces) Done() bool { return s.done }

func (s *pieces) Response() *wire.Response { return s.response(s.done) }

// whole is a stream of which all is there.
type whole struct{ *pieces }

func (w whole) Response() *wire.Response { return w.response(true) }

package openai

import (
	"bytes"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Stream() wire.Stream { return &stream{reader: newReader()} }

type stream struct {
	*reader
	done bool
}

func (s *stream) Event(name string, data []byte) (d wire.Delta, hide bool, err error) {
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
	d.Text = s.read(top, false)
	s.fail(top, name == "error")
	if e := s.failure(); e != nil {
		return d, false, refusal.Answered(e, s.Response())
	}
	return d, top.Get("usage") != nil && top.Get("choices").Empty(), nil
}

func (s *stream) Done() bool { return s.done }

func (s *stream) Response() *wire.Response { return s.response(s.done) }

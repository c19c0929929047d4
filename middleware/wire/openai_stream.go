package wire

import "bytes"

func (openai) Stream() Stream { return &openaiStream{openaiReader: newOpenAIReader()} }

type openaiStream struct {
	*openaiReader
	done bool
}

func (s *openaiStream) Event(name string, data []byte) (d Delta, hide bool, err error) {
	data = bytes.TrimSpace(data)
	if string(data) == "[DONE]" {
		s.done = true
		return Delta{}, false, nil
	}
	top, object := NodeOf(data)
	switch {
	case len(top) == 0 || string(top) == "null": // keeps the connection alive
		return Delta{}, false, nil
	case !object:
		return Delta{}, false, Answered(NoObject(data), s.Response())
	}
	d.Text = s.read(top, false)
	s.fail(top, name == "error")
	if e := s.failure(); e != nil {
		return d, false, Answered(e, s.Response())
	}
	return d, top.Get("usage") != nil && top.Get("choices").Empty(), nil
}

func (s *openaiStream) Done() bool { return s.done }

func (s *openaiStream) Response() *Response { return s.response(s.done) }

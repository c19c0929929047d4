package ollama

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// Decode also reads the lines of a stream.
func (c call) Decode(body []byte) (*wire.Response, error) {
	s := &lines{vectors: c.path == embed}
	whole := s.readAll(body)
	r := s.response(true)
	switch {
	case !whole:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case s.failed != nil:
		return nil, refusal.Answered(refusal.Of(200, s.failed), r)
	case !s.said:
		return nil, refusal.Answered(refusal.NoAnswer("no message"), r)
	}
	return r, nil
}

func (c call) DecodeError(status int, body []byte) *wire.Error {
	s := &lines{vectors: c.path == embed}
	s.readAll(body)
	return refusal.With(refusal.Of(status, body), s.response(true))
}

func (c call) Stream() wire.Stream { return &lines{vectors: c.path == embed} }

// lines gathers one answer, from its whole body or from the lines of its stream.
type lines struct {
	answer         wire.Response
	text, thoughts strings.Builder
	calls          []*reading.PartialCall
	meter          figures.Meter
	vectors        bool // it has vectors and no output
	said, done     bool
	failed         reading.Node
}

func (*lines) Splitter() sse.Splitter { return new(sse.Values) }

// readAll reads a body of one object or more, and reports whether all of it was such.
func (s *lines) readAll(body []byte) (whole bool) {
	rest := bytes.TrimSpace(body)
	for len(rest) > 0 {
		top, object := reading.NodeOf(rest)
		s.read(top)
		if !object {
			return false
		}
		whole = true
		rest = bytes.TrimSpace(rest[bytes.Index(rest, top)+len(top):])
	}
	return whole
}

func (s *lines) read(top reading.Node) (text string) {
	var f figures.Report
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "message":
			s.said = s.said || v.Kind() == '{'
			text += v.Get("content").Text()
			s.thoughts.WriteString(v.Get("thinking").Text())
			v.Get("tool_calls").Elements(func(_ int, one reading.Node) { s.call(one) })
		case "response":
			s.said = s.said || v.Kind() == '"'
			text += v.Text()
		case "thinking":
			s.thoughts.WriteString(v.Text())
		case "embeddings":
			s.said = s.said || s.vectors && v.Kind() == '['
		case "done":
			s.done = s.done || string(v) == "true"
		case "done_reason":
			s.answer.Finish = reading.FinishOf(v.Text())
		case "error":
			if !v.Empty() && s.failed == nil {
				s.failed = bytes.Clone(top)
			}
		}
	})
	f.Completion.Known = s.vectors
	prompt, output := top.Get("prompt_eval_count"), top.Get("eval_count")
	s.done = s.done || s.failed != nil && !output.Empty() // no later one tells more
	f.SayCounts(prompt, output)
	s.meter.Add(&f)
	if s.done && s.failed == nil && s.answer.Finish == "" { // servers of before
		s.answer.Finish = wire.FinishStop
	}
	s.text.WriteString(text)
	return text
}

func (s *lines) call(v reading.Node) {
	if len(s.calls) == reading.MaxCalls {
		return
	}
	f := v.Get("function")
	s.calls = append(s.calls, &reading.PartialCall{ID: v.Get("id").Text(), Name: f.Get("name").Text(), Given: string(f.Get("arguments"))})
}

func (s *lines) Event(_ string, data []byte) (d wire.Delta, hide bool, err error) {
	top, object := reading.NodeOf(bytes.TrimSpace(data))
	if !object {
		return wire.Delta{}, false, refusal.Answered(refusal.NoObject(data), s.Response())
	}
	d.Text = s.read(top)
	if s.failed != nil {
		return d, false, refusal.Answered(refusal.Of(200, s.failed), s.Response())
	}
	return d, false, nil
}

func (s *lines) Done() bool { return s.done }

func (s *lines) Response() *wire.Response { return s.response(s.done) }

func (s *lines) response(over bool) *wire.Response {
	r := s.answer
	r.Text, r.Reasoning, r.ToolCalls = s.text.String(), s.thoughts.String(), reading.WholeCalls(s.calls)
	if r.Finish == wire.FinishStop && len(s.calls) > 0 {
		r.Finish = wire.FinishTools
	}
	s.meter.Fill(&r, over)
	return &r
}

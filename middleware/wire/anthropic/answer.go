package anthropic

import (
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Decode(body []byte) (*wire.Response, error) {
	top, object := reading.NodeOf(body)
	s := newReader()
	var f figures.Report
	said := s.message(top, &f)
	s.meter.Add(&f)
	s.final = true
	r := s.response()
	switch {
	case !object:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case top.Get("type").Text() == "error" || !top.Get("error").Empty():
		return nil, refusal.Answered(refusal.Of(200, top), r)
	case r.Finish == wire.FinishError:
		return nil, refusal.Answered(refusal.EndedBadly(s.ended), r)
	case !said:
		return nil, refusal.Answered(refusal.NoAnswer("no message"), r)
	}
	return r, nil
}

func (f format) DecodeError(status int, body []byte) *wire.Error {
	top, object := reading.NodeOf(body)
	if !object && refusal.IsStream(body) {
		return refusal.OfStream(status, body, f.Stream())
	}
	s := newReader()
	var said figures.Report
	s.message(top, &said)
	s.meter.Add(&said)
	s.final = true
	return refusal.With(refusal.Of(status, body), s.response())
}

// reader gathers one answer, from its whole body or from the events of its stream.
type reader struct {
	answer    wire.Response // without what it says and usage
	ended     string        // its finish in the server's word
	text      strings.Builder
	reasoning strings.Builder
	calls     []*reading.PartialCall
	block     map[int]*reading.PartialCall // calls by the index of their content block

	meter figures.Meter
	first int64 // the output as it was when the answer began
	final bool  // the final figures were seen
}

func newReader() *reader {
	return &reader{block: make(map[int]*reading.PartialCall)}
}

// message takes a message, the figures of its usage into f, and reports whether it has content, if only none.
func (s *reader) message(top reading.Node, f *figures.Report) (said bool) {
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(reading.Word(v.Text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "content":
			said = said || v != nil
			if v.Kind() == '"' {
				s.text.WriteString(v.Text())
			}
			v.Elements(func(i int, block reading.Node) { s.start(i, block) })
		case "stop_reason", "stop_details":
			s.stop(key, v)
		default:
			s.usage(key, v, f)
		}
	})
	return said
}

// usage takes a member of a message or an event, if it is one that has figures.
func (s *reader) usage(key string, v reading.Node, f *figures.Report) {
	switch key {
	case "usage", "amazon-bedrock-invocationMetrics":
		f.Say(v)
	case "error":
		f.Say(v.Get("usage"))
	case "service_tier":
		f.Tier.Say(key, v)
	}
}

// stop takes why the answer ended.
func (s *reader) stop(key string, v reading.Node) {
	switch key {
	case "stop_reason":
		if reason := v.Text(); reason != "" {
			s.answer.Finish, s.ended = reading.FinishOf(reason), reason
		}
	case "stop_details":
		if v.Get("type").Text() == "refusal" {
			s.answer.Refusal = cmp.Or(v.Get("explanation").Text(), s.answer.Refusal)
		}
	}
}

// start takes a content block, or the beginning of one, and returns the text in it. What the provider's own servers do
// (server_tool_use and its results) is no part of what the model says.
func (s *reader) start(index int, block reading.Node) (text string) {
	switch block.Get("type").Text() {
	case "text", "":
		text = block.Get("text").Text()
		s.text.WriteString(text)
	case "thinking":
		s.reasoning.WriteString(reading.Thought(block.Get("thinking"), 0))
	case "tool_use":
		if len(s.calls) == reading.MaxCalls {
			break
		}
		call := &reading.PartialCall{ID: block.Get("id").Text(), Name: block.Get("name").Text()}
		if input := block.Get("input"); !input.Empty() {
			call.Given = string(input)
		}
		s.calls, s.block[index] = append(s.calls, call), call
	}
	return text
}

// response is what is known so far.
func (s *reader) response() *wire.Response {
	r := s.answer
	r.Text, r.Reasoning, r.ToolCalls = s.text.String(), s.reasoning.String(), reading.WholeCalls(s.calls)
	m := s.meter
	if m.MostOutput > 0 {
		m.MostOutput = max(m.MostOutput, s.first)
	}
	m.Fill(&r, s.final)
	return &r
}

package anthropic

import (
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

func (format) Decode(body []byte) (*wire.Response, error) {
	top, object := wire.NodeOf(body)
	s := newReader()
	var f wire.Report
	said := s.message(top, &f)
	s.meter.Add(&f)
	s.final = true
	r := s.response()
	switch {
	case !object:
		return nil, wire.Answered(wire.NoObject(body), wire.Cut(r))
	case top.Get("type").Text() == "error" || !top.Get("error").Empty():
		return nil, wire.Answered(wire.Failure(200, top), r)
	case r.Finish == wire.FinishError:
		return nil, wire.Answered(wire.EndedBadly(s.ended), r)
	case !said:
		return nil, wire.Answered(wire.NoAnswer("no message", r.Usage), r)
	}
	return r, nil
}

func (f format) DecodeError(status int, body []byte) *wire.Error {
	top, object := wire.NodeOf(body)
	if !object && wire.IsStream(body) {
		return wire.StreamFailure(status, body, f.Stream())
	}
	s := newReader()
	var said wire.Report
	s.message(top, &said)
	s.meter.Add(&said)
	s.final = true
	return wire.With(wire.Failure(status, body), s.response())
}

// reader gathers one answer, from its whole body or from the events of its stream.
type reader struct {
	answer    wire.Response // without what it says and usage
	ended     string        // its finish in the server's word
	text      strings.Builder
	reasoning strings.Builder
	calls     []*wire.PartialCall
	block     map[int]*wire.PartialCall // calls by the index of their content block

	meter wire.Meter
	first int64 // the output as it was when the answer began
	final bool  // the final figures were seen
}

func newReader() *reader {
	return &reader{block: make(map[int]*wire.PartialCall)}
}

// message takes a message, the figures of its usage into f, and reports whether it has content, if only none.
func (s *reader) message(top wire.Node, f *wire.Report) (said bool) {
	top.Members(func(key string, v wire.Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(wire.Word(v.Text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "content":
			said = said || v != nil
			if v.Kind() == '"' {
				s.text.WriteString(v.Text())
			}
			v.Elements(func(i int, block wire.Node) { s.start(i, block) })
		case "stop_reason", "stop_details":
			s.stop(key, v)
		default:
			s.usage(key, v, f)
		}
	})
	return said
}

// usage takes a member of a message or an event, if it is one that has figures.
func (s *reader) usage(key string, v wire.Node, f *wire.Report) {
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
func (s *reader) stop(key string, v wire.Node) {
	switch key {
	case "stop_reason":
		if reason := v.Text(); reason != "" {
			s.answer.Finish, s.ended = wire.FinishOf(reason), reason
		}
	case "stop_details":
		if v.Get("type").Text() == "refusal" {
			s.answer.Refusal = cmp.Or(v.Get("explanation").Text(), s.answer.Refusal)
		}
	}
}

// start takes a content block, or the beginning of one, and returns the text in it. What the provider's own servers do
// (server_tool_use and its results) is no part of what the model says.
func (s *reader) start(index int, block wire.Node) (text string) {
	switch block.Get("type").Text() {
	case "text", "":
		text = block.Get("text").Text()
		s.text.WriteString(text)
	case "thinking":
		s.reasoning.WriteString(wire.Thought(block.Get("thinking"), 0))
	case "tool_use":
		if len(s.calls) == wire.MaxCalls {
			break
		}
		call := &wire.PartialCall{ID: block.Get("id").Text(), Name: block.Get("name").Text()}
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
	r.Text, r.Reasoning, r.ToolCalls = s.text.String(), s.reasoning.String(), wire.WholeCalls(s.calls)
	m := s.meter
	if m.MostOutput > 0 {
		m.MostOutput = max(m.MostOutput, s.first)
	}
	m.Fill(&r, s.final)
	return &r
}

package wire

import (
	"cmp"
	"strings"
)

func (anthropic) Decode(body []byte) (*Response, error) {
	top, object := NodeOf(body)
	s := newAnthropicReader()
	var f Report
	said := s.message(top, &f)
	s.meter.Add(&f)
	s.final = true
	r := s.response()
	switch {
	case !object:
		return nil, Answered(NoObject(body), Cut(r))
	case top.Get("type").Text() == "error" || !top.Get("error").Empty():
		return nil, Answered(Failure(200, top), r)
	case r.Finish == FinishError:
		return nil, Answered(EndedBadly(s.ended), r)
	case !said:
		return nil, Answered(NoAnswer("no message", r.Usage), r)
	}
	return r, nil
}

func (f anthropic) DecodeError(status int, body []byte) *Error {
	top, object := NodeOf(body)
	if !object && IsStream(body) {
		return StreamFailure(status, body, f.Stream())
	}
	s := newAnthropicReader()
	var said Report
	s.message(top, &said)
	s.meter.Add(&said)
	s.final = true
	return With(Failure(status, body), s.response())
}

// anthropicReader gathers one answer, from its whole body or from the events of its stream.
type anthropicReader struct {
	answer    Response // without what it says and usage
	ended     string   // its finish in the server's word
	text      strings.Builder
	reasoning strings.Builder
	calls     []*PartialCall
	block     map[int]*PartialCall // calls by the index of their content block

	meter Meter
	first int64 // the output as it was when the answer began
	final bool  // the final figures were seen
}

func newAnthropicReader() *anthropicReader {
	return &anthropicReader{block: make(map[int]*PartialCall)}
}

// message takes a message, the figures of its usage into f, and reports whether it has content, if only none.
func (s *anthropicReader) message(top Node, f *Report) (said bool) {
	top.Members(func(key string, v Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(Word(v.Text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "content":
			said = said || v != nil
			if v.Kind() == '"' {
				s.text.WriteString(v.Text())
			}
			v.Elements(func(i int, block Node) { s.start(i, block) })
		case "stop_reason", "stop_details":
			s.stop(key, v)
		default:
			s.usage(key, v, f)
		}
	})
	return said
}

// usage takes a member of a message or an event, if it is one that has figures.
func (s *anthropicReader) usage(key string, v Node, f *Report) {
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
func (s *anthropicReader) stop(key string, v Node) {
	switch key {
	case "stop_reason":
		if reason := v.Text(); reason != "" {
			s.answer.Finish, s.ended = FinishOf(reason), reason
		}
	case "stop_details":
		if v.Get("type").Text() == "refusal" {
			s.answer.Refusal = cmp.Or(v.Get("explanation").Text(), s.answer.Refusal)
		}
	}
}

// start takes a content block, or the beginning of one, and returns the text in it. What the provider's own servers do
// (server_tool_use and its results) is no part of what the model says.
func (s *anthropicReader) start(index int, block Node) (text string) {
	switch block.Get("type").Text() {
	case "text", "":
		text = block.Get("text").Text()
		s.text.WriteString(text)
	case "thinking":
		s.reasoning.WriteString(Thought(block.Get("thinking"), 0))
	case "tool_use":
		if len(s.calls) == MaxCalls {
			break
		}
		call := &PartialCall{ID: block.Get("id").Text(), Name: block.Get("name").Text()}
		if input := block.Get("input"); !input.Empty() {
			call.Given = string(input)
		}
		s.calls, s.block[index] = append(s.calls, call), call
	}
	return text
}

// response is what is known so far.
func (s *anthropicReader) response() *Response {
	r := s.answer
	r.Text, r.Reasoning, r.ToolCalls = s.text.String(), s.reasoning.String(), WholeCalls(s.calls)
	m := s.meter
	if m.MostOutput > 0 {
		m.MostOutput = max(m.MostOutput, s.first)
	}
	m.Fill(&r, s.final)
	return &r
}

package wire

import (
	"cmp"
	"strings"
)

func (anthropic) Decode(body []byte) (*Response, error) {
	top, object := nodeOf(body)
	s := newAnthropicReader()
	var f figures
	said := s.message(top, &f)
	s.meter.add(&f)
	s.final = true
	r := s.response()
	switch {
	case !object:
		return nil, answered(noObject(body), cut(r))
	case top.get("type").text() == "error" || !top.get("error").empty():
		return nil, answered(failure(200, top), r)
	case r.Finish == finishError:
		return nil, answered(endedBadly(s.ended), r)
	case !said:
		return nil, answered(garbled("no message", r.Usage), r)
	}
	return r, nil
}

func (f anthropic) DecodeError(status int, body []byte) *Error {
	top, object := nodeOf(body)
	if !object && streamed(body) {
		return streamedFailure(status, body, f.Stream())
	}
	s := newAnthropicReader()
	var said figures
	s.message(top, &said)
	s.meter.add(&said)
	s.final = true
	return with(failure(status, body), s.response())
}

// anthropicReader gathers one answer, from its whole body or from the events of its stream.
type anthropicReader struct {
	answer    Response // without what it says and usage
	ended     string   // its finish in the server's word
	text      strings.Builder
	reasoning strings.Builder
	calls     []*partialCall
	block     map[int]*partialCall // calls by the index of their content block

	meter meter
	first int64 // the output as it was when the answer began
	final bool  // the final figures were seen
}

func newAnthropicReader() *anthropicReader {
	return &anthropicReader{block: make(map[int]*partialCall)}
}

// message takes a message, the figures of its usage into f, and reports whether it has content, if only none.
func (s *anthropicReader) message(top node, f *figures) (said bool) {
	top.members(func(key string, v node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(word(v.text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.text(), s.answer.Model)
		case "content":
			said = said || v != nil
			if v.kind() == '"' {
				s.text.WriteString(v.text())
			}
			v.elements(func(i int, block node) { s.start(i, block) })
		case "stop_reason", "stop_details":
			s.stop(key, v)
		default:
			s.usage(key, v, f)
		}
	})
	return said
}

// usage takes a member of a message or an event, if it is one that has figures.
func (s *anthropicReader) usage(key string, v node, f *figures) {
	switch key {
	case "usage", "amazon-bedrock-invocationMetrics":
		f.say(v)
	case "error":
		f.say(v.get("usage"))
	case "service_tier":
		f.tier.say(key, v)
	}
}

// stop takes why the answer ended.
func (s *anthropicReader) stop(key string, v node) {
	switch key {
	case "stop_reason":
		if reason := v.text(); reason != "" {
			s.answer.Finish, s.ended = finishOf(reason), reason
		}
	case "stop_details":
		if v.get("type").text() == "refusal" {
			s.answer.Refusal = cmp.Or(v.get("explanation").text(), s.answer.Refusal)
		}
	}
}

// start takes a content block, or the beginning of one, and returns the text in it. What the provider's own servers do
// (server_tool_use and its results) is no part of what the model says.
func (s *anthropicReader) start(index int, block node) (text string) {
	switch block.get("type").text() {
	case "text", "":
		text = block.get("text").text()
		s.text.WriteString(text)
	case "thinking":
		s.reasoning.WriteString(thought(block.get("thinking"), 0))
	case "tool_use":
		if len(s.calls) == maxCalls {
			break
		}
		call := &partialCall{id: block.get("id").text(), name: block.get("name").text()}
		if input := block.get("input"); !input.empty() {
			call.given = string(input)
		}
		s.calls, s.block[index] = append(s.calls, call), call
	}
	return text
}

// response is what is known so far.
func (s *anthropicReader) response() *Response {
	r := s.answer
	r.Text, r.Reasoning, r.ToolCalls = s.text.String(), s.reasoning.String(), whole(s.calls)
	m := s.meter
	if m.output > 0 {
		m.output = max(m.output, s.first)
	}
	m.report(&r, s.final)
	return &r
}

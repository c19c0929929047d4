package wire

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

func (openai) Decode(body []byte) (*Response, error) {
	top, object := NodeOf(body)
	s := newOpenAIReader()
	s.read(top, true)
	r := s.response(true)
	switch e := s.failure(); {
	case !object:
		return nil, Answered(NoObject(body), Cut(r))
	case e != nil:
		return nil, Answered(e, r)
	case len(s.choices) == 0:
		return nil, Answered(NoAnswer(noChoices(top), r.Usage), r)
	}
	return r, nil
}

func (f openai) DecodeError(status int, body []byte) *Error {
	top, object := NodeOf(body)
	if !object && IsStream(body) {
		return StreamFailure(status, body, f.Stream())
	}
	s := newOpenAIReader()
	s.read(top, true)
	return With(Failure(status, body), s.response(true))
}

// noChoices says what a body has that has no choices: it may be another format's, or a gateway's that wraps it.
func noChoices(top Node) string {
	const most = 6
	var keys []string
	top.Members(func(key string, _ Node) {
		if key = Word(key); key != "" && key != "choices" && len(keys) < most {
			keys = append(keys, key[:min(len(key), 32)])
		}
	})
	if len(keys) == 0 {
		return "no choices"
	}
	return "no choices, but " + strings.Join(keys, ", ")
}

// openaiReader gathers one answer, from its whole body or from the events of its stream.
type openaiReader struct {
	answer  Response // without choices and usage
	choices map[int]*openaiChoice
	last    *openaiChoice // that was begun

	// Some servers report running figures in every event. They are whole when every answer that was begun
	// has finished.
	meter    Meter
	inChoice map[int]*Meter // figures that stand in choices (Moonshot), by index
	final    bool

	failed  Node // the body or the event that holds an error in place of choices, or beside them
	refused Node // an error that counts only in place of choices
}

func newOpenAIReader() *openaiReader {
	return &openaiReader{choices: make(map[int]*openaiChoice), inChoice: make(map[int]*Meter)}
}

// read takes a body or an event, and returns the text of the first choice in it. whole says that the pieces in it are
// whole.
func (s *openaiReader) read(top Node, whole bool) (text string) {
	var f Report
	reported, choices := false, false
	top.Members(func(key string, v Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(Word(v.Text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "object": // an error that stands at the top (vLLM: runpod-workers/worker-vllm#57)
			s.fail(top, v.Text() == "error")
		case "base_resp": // MiniMax
			if code := v.Get("status_code"); !code.Empty() {
				s.refused = slices.Concat([]byte(`{"error":{"code":`), code, []byte(`,"message":`), v.Get("status_msg"), []byte("}}"))
			}
		case "error":
			s.fail(top, !v.Empty())
			fallthrough
		case "x_groq":
			v = v.Get("usage")
			fallthrough
		case "usage", "usageMetadata":
			f.Say(v)
			reported = reported || v != nil
		case "choices":
			var inChoices bool
			text, inChoices = s.readChoices(v, whole)
			reported, choices = reported || inChoices, choices || !v.Empty()
		case "meta": // AI/ML API
			f.Say(v.Get("usage"))
		case "timings":
			f.SayTimings(v)
			reported = reported || v != nil
		case "success": // Cloudflare, and Zhipu for what it does not route
			s.fail(top, string(v) == "false")
		case "service_tier", "service_tier_used":
			f.Tier.Say(key, v)
		}
	})
	s.meter.Add(&f)
	if reported {
		s.final = !choices || s.allFinished()
	}
	return text
}

// fail keeps the first body or event that holds an error.
func (s *openaiReader) fail(top Node, failed bool) {
	if failed && s.failed == nil {
		s.failed = slices.Clone(top)
	}
}

// readChoices returns the text of the first choice, and whether usage stands in any.
func (s *openaiReader) readChoices(list Node, whole bool) (first string, reported bool) {
	free := 0 // the index after all that were seen in this list
	seen := make(map[int]bool)
	list.Elements(func(i int, v Node) {
		if v.Kind() != '{' {
			return
		}
		if n, ok := v.Get("index").Integer(); ok {
			i = int(n)
		}
		if seen[i] { // a server that calls them all the same
			i = free
		}
		seen[i], free = true, max(free, i+1)
		c := s.choice(i)
		text, usage := c.read(v, whole)
		if i == 0 {
			first = text
		}
		if usage != nil {
			reported = true
			m := s.inChoice[c.index]
			if m == nil {
				m = new(Meter)
				s.inChoice[c.index] = m
			}
			var f Report
			f.Say(usage)
			m.Add(&f)
		}
	})
	return first, reported
}

// choice returns the choice with an index, which is a number from outside: beyond a bound they are one.
func (s *openaiReader) choice(i int) *openaiChoice {
	c := s.choices[i]
	if c == nil && len(s.choices) < MaxChoices {
		c = &openaiChoice{index: i}
		s.choices[i], s.last = c, c
	}
	return cmp.Or(c, s.last)
}

func (s *openaiReader) allFinished() bool {
	for _, c := range s.choices {
		if c.finish == "" {
			return false
		}
	}
	return true
}

// failure is the error that the answer holds, or that all its choices end with; nil if there is none.
func (s *openaiReader) failure() *Error {
	switch {
	case s.failed != nil:
		return Failure(200, s.failed)
	case s.refused != nil && len(s.choices) == 0:
		return Failure(200, s.refused)
	}
	var failed *openaiChoice
	for _, c := range s.choices {
		if c.error == nil && c.finish != FinishError {
			return nil
		}
		if failed == nil || c.error != nil && c.index < failed.index {
			failed = c
		}
	}
	switch {
	case failed == nil:
		return nil
	case failed.error == nil:
		return EndedBadly(failed.ended)
	}
	return Failure(200, slices.Concat([]byte(`{"error":`), failed.error, []byte("}")))
}

// usage is what was reported beside the choices, or in them where nothing was beside them.
func (s *openaiReader) usage() *Meter {
	if s.meter.MostInput+s.meter.MostOutput > 0 || len(s.inChoice) == 0 {
		return &s.meter
	}
	all := s.meter
	for _, i := range slices.Sorted(maps.Keys(s.inChoice)) {
		all.Join(s.inChoice[i], len(s.inChoice) > 1)
	}
	return &all
}

// response is what is known so far. over says that nothing more follows.
func (s *openaiReader) response(over bool) *Response {
	r := s.answer
	s.usage().Fill(&r, over || s.final)
	indices := slices.Sorted(maps.Keys(s.choices))
	for _, i := range indices {
		r.Choices = append(r.Choices, s.choices[i].choice())
	}
	if len(indices) > 0 {
		c := r.Choices[0]
		r.Text, r.ToolCalls, r.Refusal, r.Reasoning, r.Logprobs, r.Finish = c.Text, c.ToolCalls, c.Refusal, c.Reasoning, c.Logprobs, c.Finish
	}
	if len(indices) == 1 {
		r.Choices = nil
	}
	return &r
}

package openai

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Decode(body []byte) (*wire.Response, error) {
	top, object := reading.NodeOf(body)
	s := newReader()
	s.read(top, true)
	r := s.response(true)
	switch e := s.failure(); {
	case !object:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case e != nil:
		return nil, refusal.Answered(e, r)
	case len(s.choices) == 0:
		return nil, refusal.Answered(refusal.NoAnswer(noChoices(top)), r)
	}
	return r, nil
}

func (f format) DecodeError(status int, body []byte) *wire.Error {
	top, object := reading.NodeOf(body)
	if !object && refusal.IsStream(body) {
		return refusal.OfStream(status, body, f.Stream())
	}
	s := newReader()
	s.read(top, true)
	return refusal.With(refusal.Of(status, body), s.response(true))
}

// noChoices says what a body has that has no choices: it may be another format's, or a gateway's that wraps it.
func noChoices(top reading.Node) string {
	const most = 6
	var keys []string
	top.Members(func(key string, _ reading.Node) {
		if key = reading.Word(key); key != "" && key != "choices" && len(keys) < most {
			keys = append(keys, key[:min(len(key), 32)])
		}
	})
	if len(keys) == 0 {
		return "no choices"
	}
	return "no choices, but " + strings.Join(keys, ", ")
}

// reader gathers one answer, from its whole body or from the events of its stream.
type reader struct {
	answer  wire.Response // without choices and usage
	choices map[int]*choice
	last    *choice // that was begun

	// Some servers report running figures in every event. They are whole when every answer that was begun
	// has finished.
	meter    figures.Meter
	inChoice map[int]*figures.Meter // figures that stand in choices (Moonshot), by index
	final    bool

	failed  reading.Node // the body or the event that holds an error in place of choices, or beside them
	refused reading.Node // an error that counts only in place of choices
}

func newReader() *reader {
	return &reader{choices: make(map[int]*choice), inChoice: make(map[int]*figures.Meter)}
}

// read takes a body or an event, and returns the text of the first choice in it. whole says that the pieces in it are
// whole.
func (s *reader) read(top reading.Node, whole bool) (text string) {
	var f figures.Report
	reported, choices := false, false
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(reading.Word(v.Text()), s.answer.RequestID)
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
func (s *reader) fail(top reading.Node, failed bool) {
	if failed && s.failed == nil {
		s.failed = slices.Clone(top)
	}
}

// readChoices returns the text of the first choice, and whether usage stands in any.
func (s *reader) readChoices(list reading.Node, whole bool) (first string, reported bool) {
	free := 0 // the index after all that were seen in this list
	seen := make(map[int]bool)
	list.Elements(func(i int, v reading.Node) {
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
				m = new(figures.Meter)
				s.inChoice[c.index] = m
			}
			var f figures.Report
			f.Say(usage)
			m.Add(&f)
		}
	})
	return first, reported
}

// choice returns the choice with an index, which is a number from outside: beyond a bound they are one.
func (s *reader) choice(i int) *choice {
	c := s.choices[i]
	if c == nil && len(s.choices) < wire.MaxChoices {
		c = &choice{index: i}
		s.choices[i], s.last = c, c
	}
	return cmp.Or(c, s.last)
}

func (s *reader) allFinished() bool {
	for _, c := range s.choices {
		if c.finish == "" {
			return false
		}
	}
	return true
}

// failure is the error that the answer holds, or that all its choices end with; nil if there is none.
func (s *reader) failure() *wire.Error {
	switch {
	case s.failed != nil:
		return refusal.Of(200, s.failed)
	case s.refused != nil && len(s.choices) == 0:
		return refusal.Of(200, s.refused)
	}
	var failed *choice
	for _, c := range s.choices {
		if c.error == nil && c.finish != wire.FinishError {
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
		return refusal.EndedBadly(failed.ended)
	}
	return refusal.Of(200, slices.Concat([]byte(`{"error":`), failed.error, []byte("}")))
}

// usage is what was reported beside the choices, or in them where nothing was beside them.
func (s *reader) usage() *figures.Meter {
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
func (s *reader) response(over bool) *wire.Response {
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

package responses

import (
	"cmp"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

func (format) Decode(body []byte) (*wire.Response, error) {
	top, object := reading.NodeOf(body)
	s := new(reader)
	s.end(top, "")
	r := s.response()
	switch e := s.failure(); {
	case !object:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case e != nil:
		return nil, refusal.Answered(e, r)
	case s.status == "":
		return nil, refusal.Answered(refusal.NoAnswer("no response"), r)
	}
	return r, nil
}

func (f format) DecodeError(status int, body []byte) *wire.Error {
	top, object := reading.NodeOf(body)
	if !object && refusal.IsStream(body) {
		return refusal.OfStream(status, body, f.Stream())
	}
	s := new(reader)
	s.end(top, "")
	return refusal.With(refusal.Of(status, body), s.response())
}

// reader gathers one answer, from its whole body or from the events of its stream.
type reader struct {
	answer wire.Response // without what it says and usage
	said   output
	status string // of the response: completed, incomplete, failed, cancelled, or that it goes on
	reason string // why it is incomplete

	meter figures.Meter
	final bool // no figures follow those that were told

	failed reading.Node // an object with the error, nil if there is none
}

// end takes a response that is over, with this status if it tells none, and returns the text in it that was not there before.
func (s *reader) end(top reading.Node, status string) (added string) {
	var f figures.Report
	told := s.about(top, &f)
	list := top.Get("output")
	whole := outputOf(list)
	added = s.said.become(&whole)
	switch {
	case status != "" && !over[s.status]:
		s.status = status
	case s.status == "" && list.Kind() == '[': // some servers leave it out
		s.status = "completed"
	}
	s.meter.Add(&f)
	s.final = s.final || told || !s.broken()
	return added
}

// over are the words for a response that is over.
var over = map[string]bool{"completed": true, "incomplete": true, "failed": true, "cancelled": true}

// about takes what a response says of itself but for its output, its figures into f, and reports whether there are any.
func (s *reader) about(top reading.Node, f *figures.Report) (told bool) {
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "id":
			s.answer.RequestID = cmp.Or(reading.Word(v.Text()), s.answer.RequestID)
		case "model":
			s.answer.Model = cmp.Or(v.Text(), s.answer.Model)
		case "status":
			s.status = cmp.Or(reading.Word(v.Text()), s.status)
		case "incomplete_details":
			s.reason = cmp.Or(v.Get("reason").Text(), s.reason)
		case "error":
			if !v.Empty() {
				s.fail(slices.Concat([]byte(`{"error":`), v, []byte("}")))
				f.Say(v.Get("usage"))
			}
		case "usage":
			f.Say(v)
			told = told || v != nil
		case "service_tier":
			f.Tier.Say(key, v)
		}
	})
	return told
}

// fail keeps the first object that holds an error.
func (s *reader) fail(holder reading.Node) {
	if s.failed == nil {
		s.failed = slices.Clone(holder)
	}
}

// broken reports whether the answer holds an error or ends with one.
func (s *reader) broken() bool {
	return s.failed != nil || s.status == "failed" || s.status == "cancelled"
}

// failure is the error that the answer holds or ends with; nil if there is none. Where an item of the output was begun
// a model ran, if nothing of it is shown.
func (s *reader) failure() *wire.Error {
	switch {
	case s.failed != nil:
		e := refusal.Of(200, s.failed)
		e.NotRun = e.NotRun && len(s.said.items) == 0
		return e
	case s.status == "failed" || s.status == "cancelled":
		return refusal.EndedBadly(s.status)
	}
	return nil
}

// finish is why the answer ended, "" where it did not.
func (s *reader) finish(r *wire.Response) wire.Finish {
	switch s.status {
	case "completed":
		switch {
		case r.Refusal != "":
			return wire.FinishFilter
		case len(r.ToolCalls) > 0:
			return wire.FinishTools
		}
		return wire.FinishStop
	case "incomplete":
		return reading.FinishOf(cmp.Or(s.reason, "incomplete"))
	case "failed", "cancelled":
		return wire.FinishError
	}
	return ""
}

// response is what is known so far.
func (s *reader) response() *wire.Response {
	r := s.answer
	s.said.fill(&r)
	r.Finish = s.finish(&r)
	s.meter.Fill(&r, s.final)
	return &r
}

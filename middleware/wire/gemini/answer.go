package gemini

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/figures"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

// Decode also reads a list of answers: what streams without server-sent events are.
func (c call) Decode(body []byte) (*wire.Response, error) {
	if c.embeds() {
		return c.decodeEmbed(body)
	}
	top, whole := reading.NodeOf(body)
	a := newReader()
	if top.Kind() == '[' {
		whole = json.Valid(top)
		top.Elements(func(_ int, one reading.Node) { a.read(one) })
	} else {
		a.read(top)
	}
	r := a.response(whole || top.Kind() != '[') // a list that broke off has running figures
	switch e := a.failure(); {
	case !whole:
		return nil, refusal.Answered(refusal.NoObject(body), refusal.Cut(r))
	case e != nil:
		return nil, refusal.Answered(e, r)
	case len(a.candidates) == 0 && a.blocked == "":
		return nil, refusal.Answered(refusal.NoAnswer("no candidates"), r)
	}
	return r, nil
}

func (c call) DecodeError(status int, body []byte) *wire.Error {
	top, object := reading.NodeOf(body)
	if !object && refusal.IsStream(body) {
		return refusal.OfStream(status, body, whole{&pieces{reader: newReader()}})
	}
	a := newReader()
	a.read(top)
	top.Elements(func(_ int, one reading.Node) { a.read(one) })
	return refusal.With(refusal.Of(status, body), a.response(true))
}

// reader gathers one answer, from its whole body or from the pieces of its stream.
type reader struct {
	answer     wire.Response // without choices and usage
	candidates map[int]*candidate
	last       *candidate // that was begun
	blocked    string     // why there is no candidate

	// Every piece reports running figures, of which the last are final: those of the piece in which every candidate
	// that was begun has ended, or of a later one.
	meter figures.Meter
	final bool

	failed reading.Node // the body or the piece that holds an error
}

func newReader() *reader { return &reader{candidates: make(map[int]*candidate)} }

// read takes a body or a piece, and returns the text of the first candidate in it.
func (a *reader) read(top reading.Node) (text string) {
	var f figures.Report
	reported := false
	top.Members(func(key string, v reading.Node) {
		switch key {
		case "responseId":
			a.answer.RequestID = cmp.Or(reading.Word(v.Text()), a.answer.RequestID)
		case "modelVersion":
			a.answer.Model = cmp.Or(v.Text(), a.answer.Model)
		case "candidates":
			text = a.readCandidates(v)
		case "promptFeedback":
			a.blocked = cmp.Or(v.Get("blockReason").Text(), a.blocked)
		case "usageMetadata":
			f.Say(v)
			reported = reported || v != nil
		case "error":
			if !v.Empty() && a.failed == nil {
				a.failed = slices.Clone(top)
			}
			f.Say(v.Get("usageMetadata"))
		}
	})
	a.meter.Add(&f)
	if reported {
		a.final = a.ended()
	}
	return text
}

// readCandidates returns the text of the first.
func (a *reader) readCandidates(list reading.Node) (first string) {
	list.Elements(func(i int, v reading.Node) {
		if v.Kind() != '{' {
			return
		}
		if n, ok := v.Get("index").Integer(); ok {
			i = int(n)
		}
		if text := a.candidate(i).read(v); i == 0 {
			first += text
		}
	})
	return first
}

// candidate returns the one with an index, which is a number from outside: beyond a bound they are one.
func (a *reader) candidate(i int) *candidate {
	c := a.candidates[i]
	if c == nil && len(a.candidates) < wire.MaxChoices {
		c = &candidate{index: i}
		a.candidates[i], a.last = c, c
	}
	return cmp.Or(c, a.last)
}

// ended reports whether nothing but usage is to come.
func (a *reader) ended() bool {
	if a.failed != nil {
		return true
	}
	for _, c := range a.candidates {
		if c.finish == "" {
			return false
		}
	}
	return len(a.candidates) > 0 || a.blocked != ""
}

// failure is the error that the answer holds, nil if there is none.
func (a *reader) failure() *wire.Error {
	if a.failed == nil {
		return nil
	}
	return refusal.Of(200, a.failed)
}

// response is what is known so far. over says that nothing more follows.
func (a *reader) response(over bool) *wire.Response {
	r := a.answer
	a.meter.Fill(&r, over || a.final)
	for _, i := range slices.Sorted(maps.Keys(a.candidates)) {
		r.Choices = append(r.Choices, a.candidates[i].choice())
	}
	switch {
	case len(r.Choices) > 0:
		c := r.Choices[0]
		r.Text, r.ToolCalls, r.Refusal, r.Reasoning, r.Logprobs, r.Finish = c.Text, c.ToolCalls, c.Refusal, c.Reasoning, c.Logprobs, c.Finish
	case a.blocked != "":
		r.Refusal, r.Finish = "the prompt was blocked: "+reading.Word(a.blocked), wire.FinishFilter
	}
	if len(r.Choices) == 1 {
		r.Choices = nil
	}
	return &r
}

package gemini_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

var written = map[string]*wire.Response{
	"nothing": {Model: "m", RequestID: "r", Finish: wire.FinishStop},
	"text": {Model: "m", Text: "Hi <b>\n", Reasoning: "hm", Finish: wire.FinishLength,
		Usage: usage(budget.Usage{Input: 5, CacheRead: 3, Output: 7, Reasoning: 2}, "flex")},
	"calls": {Finish: wire.FinishTools, ToolCalls: []wire.ToolCall{{Name: "f", Arguments: `{"x":1}`}, {ID: "b", Name: "g", Arguments: "{}"}},
		Usage: usage(budget.Usage{Input: 5, Output: 7}, "standard")},
	"audio":       {Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 5, AudioInput: 4, AudioOutput: 9, Output: 1}, "priority")},
	"a cache":     {Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 5, CacheWrite5m: 4, CacheWrite1h: 2, CacheRead: 9, Output: 1}, "other")},
	"refused":     {Text: "No.", Refusal: "No.", Finish: wire.FinishFilter},
	"one's words": {Finish: "LANGUAGE"},
	"half known":  {Text: "a", Finish: wire.FinishStop, Usage: &wire.Usage{Usage: budget.Usage{Input: 5}, Unknown: budget.OutputSide}},
	"several": {Text: "a", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 5, Output: 7}, ""),
		Choices: []wire.Choice{{Text: "a", Finish: wire.FinishStop}, {Index: 1, Text: "b", Finish: wire.FinishLength}}},
}

// What is written is read as it was: plain, as events and as a list.
func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	for name, r := range written {
		body, err := at(t, "generateContent").WriteAnswer(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := at(t, "generateContent").Decode(body)
		if diff := cmp.Diff(r, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-written +read):\n%s%s", name, err, diff, body)
		}
		for _, method := range []string{"streamGenerateContent?alt=sse", "streamGenerateContent"} {
			f := at(t, method)
			got, err := readStream(f, wire.WriteStream(f.Writer(false), r))
			if diff := cmp.Diff(r, got); err != nil || diff != "" {
				t.Errorf("%s, %s: error %v (-written +read):\n%s", name, method, err, diff)
			}
		}
	}
	if body, err := at(t, "embedContent").WriteAnswer(written["text"]); err == nil {
		t.Errorf("an embedding: %s", body)
	}
	if body, err := at(t, "generateContent").WriteAnswer(&wire.Response{ToolCalls: []wire.ToolCall{{Name: "f", Arguments: "{"}}}); err == nil {
		t.Errorf("broken arguments: %s", body)
	}
}

// readStream reads the whole stream, and its first error.
func readStream(f wire.Format, stream []byte) (*wire.Response, error) {
	s := f.Stream()
	var events sse.Splitter = new(sse.Events)
	if framed, ok := s.(sse.Framed); ok {
		events = framed.Splitter()
	}
	list, err := events.Feed(stream)
	for _, e := range append(list, events.End()...) {
		if _, _, failed := s.Event(e.Name, e.Data); err == nil {
			err = failed
		}
	}
	return s.Response(), err
}

func TestErrorsAreReadAsTheyWereWritten(t *testing.T) {
	for _, e := range []wire.Error{
		{Class: wire.Auth, Status: 401, Message: "no such key"},
		{Class: wire.RateLimit, Status: 429, Message: "slower"},
		{Class: wire.Invalid, Status: 400, Message: "this is wrong"},
		{Class: wire.Server, Status: 503, Message: "later", Answer: &wire.Response{Usage: usage(budget.Usage{Input: 5, Output: 2}, "")}},
	} {
		for _, method := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"} {
			f := at(t, method)
			got := f.DecodeError(e.Status, f.WriteError(&e))
			if got.Class != e.Class || got.Message != e.Message || (got.Answer != nil) != (e.Answer != nil) {
				t.Errorf("%s: %+v became %+v", method, e, got)
			}
			w := f.Writer(true)
			stream := append(w.Begin(&wire.Response{Model: "m"}), w.Piece(wire.Choice{Text: "half"})...)
			r, err := readStream(f, append(stream, w.Fail(&e)...))
			if in := wire.AsError(err); in == nil || in.Message != e.Message || in.Class != e.Class || r.Text != "half" {
				t.Errorf("%s: in a stream %+v became %+v", method, e, in)
			}
		}
	}
}

package formats_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

// drawAnswer is any answer that a format can say. Choices is how many it may have.
func drawAnswer(t *rapid.T, choices int) *wire.Response {
	name := rapid.SampledFrom([]string{"", "a", "gpt-4o-2024-08-06", "req_1"})
	text := rapid.SampledFrom([]string{"", "Hi.", "two words ", "ünï\n\"quoted\" <b>&", strings.Repeat("long ", 50)})
	draw := func(i int) wire.Choice {
		c := wire.Choice{Index: i, Text: text.Draw(t, "text"), Reasoning: text.Draw(t, "reasoning"),
			Finish: rapid.SampledFrom([]wire.Finish{"", wire.FinishStop, wire.FinishLength, wire.FinishTools, wire.FinishFilter, "pause_turn"}).Draw(t, "finish")}
		for range rapid.IntRange(0, 2).Draw(t, "calls") {
			c.ToolCalls = append(c.ToolCalls, wire.ToolCall{ID: name.Draw(t, "id"), Name: name.Draw(t, "name"),
				Arguments: rapid.SampledFrom([]string{"{}", `{"x":1}`, `{"a":[1,"b"]}`}).Draw(t, "arguments")})
		}
		if rapid.IntRange(0, 4).Draw(t, "refuses") == 0 {
			c.Refusal, c.Finish = "No.", wire.FinishFilter
			c.Text += c.Refusal
		}
		return c
	}
	r := &wire.Response{Model: name.Draw(t, "model"), RequestID: name.Draw(t, "request"), Usage: drawUsage(t)}
	if choices > 1 {
		for i := range rapid.IntRange(2, choices).Draw(t, "choices") {
			r.Choices = append(r.Choices, draw(i))
		}
	}
	c := draw(0)
	if r.Choices != nil {
		c = r.Choices[0]
	}
	r.Text, r.ToolCalls, r.Refusal, r.Reasoning, r.Finish = c.Text, c.ToolCalls, c.Refusal, c.Reasoning, c.Finish
	return r
}

func drawUsage(t *rapid.T) *wire.Usage {
	n := func(name string) int64 { return rapid.Int64Range(0, 5000).Draw(t, name) }
	u := wire.Usage{Usage: budget.Usage{
		Input: 1 + n("input"), CacheRead: n("read"), CacheWrite5m: n("5m"), CacheWrite1h: n("1h"), AudioInput: n("audio"),
		Output: n("output"), AudioOutput: n("spoken"), Fees: budget.NanoUSD(rapid.Int64Range(0, 3).Draw(t, "searches")) * budget.USD / 100,
	}}
	u.Reasoning = rapid.Int64Range(0, u.Output).Draw(t, "reasoned")
	u.Tier.Service = rapid.SampledFrom([]string{"", "standard", "priority", "flex"}).Draw(t, "tier")
	u.Tier.Region = rapid.SampledFrom([]string{"", "us"}).Draw(t, "region")
	if rapid.Bool().Draw(t, "billed") {
		u.Billed = nano(budget.NanoUSD(rapid.Int64Range(0, 5_000_000_000).Draw(t, "cost")))
	}
	switch rapid.IntRange(0, 5).Draw(t, "said") {
	case 0:
		return nil
	case 1:
		u.Unknown, u.Output, u.AudioOutput, u.Reasoning = budget.OutputSide, 0, 0, 0
	}
	return &u
}

// What a format writes it reads as it was, plain and as a stream.
func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	for _, f := range formats.Chats() {
		t.Run(f.Name(), rapid.MakeCheck(func(t *rapid.T) {
			choices := 1
			if f == openai.Format {
				choices = 3
			}
			r := drawAnswer(t, choices)
			body, err := f.WriteAnswer(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Decode(body)
			if err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if diff := cmp.Diff(r, got); diff != "" {
				t.Errorf("plain (-written +read):\n%s\n%s", diff, body)
			}
			got, deltas := readStream(t, f, wire.WriteStream(f.Writer(true), r))
			if diff := cmp.Diff(r, got); diff != "" || deltas != r.Text {
				t.Errorf("streamed, deltas %q (-written +read):\n%s", deltas, diff)
			}
		}))
	}
}

// readStream reads the events of a whole stream.
func readStream(t interface {
	Fatalf(format string, args ...any)
}, f wire.Format, stream []byte) (*wire.Response, string) {
	var events sse.Events
	list, err := events.Feed(stream)
	if err != nil || len(events.Rest()) > 0 {
		t.Fatalf("%v, rest %q", err, events.Rest())
	}
	s := f.Stream()
	deltas := ""
	for _, e := range list {
		d, _, err := s.Event(e.Name, e.Data)
		if err != nil {
			t.Fatalf("%v: %s", err, e.Raw)
		}
		deltas += d.Text
	}
	if !s.Done() {
		t.Fatalf("no end: %s", stream)
	}
	return s.Response(), deltas
}

// Pieces of one kind are one text, however many they come in; a stream that nobody asked for usage has none where it
// is asked for.
func TestStreamsAreWrittenInPieces(t *testing.T) {
	for _, f := range formats.Chats() {
		r := &wire.Response{Model: "m", Text: "one two", Reasoning: "hm so", Finish: wire.FinishTools,
			ToolCalls: []wire.ToolCall{{ID: "a", Name: "f", Arguments: "{}"}, {ID: "b", Name: "g", Arguments: `{"x":1}`}},
			Usage:     &wire.Usage{Usage: budget.Usage{Input: 5, Output: 7}}}
		for _, asked := range []bool{true, false} {
			w := f.Writer(asked)
			stream := w.Begin(&wire.Response{Model: "m", Usage: r.Usage})
			for _, c := range []wire.Choice{{Reasoning: "hm "}, {Reasoning: "so"}, {Text: "one "}, {Text: "two"}, {ToolCalls: r.ToolCalls[:1]}, {ToolCalls: r.ToolCalls[1:]}, {}} {
				stream = append(stream, w.Piece(c)...)
			}
			want := *r
			if !asked && f == openai.Format {
				want.Usage = nil
			}
			got, _ := readStream(t, f, append(stream, w.End(r)...))
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s, asked %v (-written +read):\n%s", f.Name(), asked, diff)
			}
		}
	}
}

// Errors keep what decides whether to try again and what is booked: class, status, name, message and usage.
func TestErrorsAreReadAsTheyWereWritten(t *testing.T) {
	usage := &wire.Response{Usage: &wire.Usage{Usage: budget.Usage{Input: 5, Output: 2}}}
	for _, f := range formats.Chats() {
		for _, e := range []wire.Error{
			{Class: wire.Auth, Status: 401, Message: "no such key"},
			{Class: wire.Quota, Status: 402, Message: "pay first"},
			{Class: wire.Quota, Status: 429, Code: "insufficient_quota", Message: "You exceeded your current quota"},
			{Class: wire.RateLimit, Status: 429, Message: "slower"},
			{Class: wire.NoModel, Status: 404, Code: "model_not_found", Message: "no such model"},
			{Class: wire.Invalid, Status: 400, Message: "this is wrong"},
			{Class: wire.Invalid, Status: 413, Message: "this is long"},
			{Class: wire.Server, Status: 500, Message: "oh"},
			{Class: wire.Server, Status: 503, Message: "later", Answer: usage},
			{Class: wire.Server, Status: 529, Code: "overloaded_error", Message: "Overloaded"},
		} {
			body := f.WriteError(&e)
			got := f.DecodeError(e.Status, body)
			if got.Class != e.Class || got.Status != e.Status || e.Code != "" && got.Code != e.Code || got.Message != e.Message {
				t.Errorf("%s: %+v became %+v: %s", f.Name(), e, got, body)
			}
			if reported := got.Answer != nil && got.Answer.Reported(); reported != (e.Answer != nil) {
				t.Errorf("%s: usage of %+v: %+v", f.Name(), e, got.Answer)
			}
			w := f.Writer(true)
			stream := append(w.Begin(&wire.Response{Model: "m"}), w.Piece(wire.Choice{Text: "half"})...)
			s := f.Stream()
			failed := error(nil)
			var events sse.Events
			list, _ := events.Feed(append(stream, w.Fail(&e)...))
			for _, event := range list {
				if _, _, err := s.Event(event.Name, event.Data); err != nil {
					failed = err
				}
			}
			if in := wire.AsError(failed); in == nil || in.Message != e.Message || in.Answer.Text != "half" || s.Done() {
				t.Errorf("%s: in a stream %+v became %+v", f.Name(), e, in)
			}
		}
	}
}

// What a format has no place for, and what nobody may take for exact, is not written.
func TestWriteLeavesOutWhatIsInDoubt(t *testing.T) {
	several := &wire.Response{Choices: []wire.Choice{{}, {Index: 1}}}
	for _, f := range []wire.Format{anthropic.Format, responses.Format} {
		if body, err := f.WriteAnswer(several); err == nil {
			t.Errorf("%s: several choices: %s", f.Name(), body)
		}
	}
	if body, err := anthropic.Format.WriteAnswer(&wire.Response{ToolCalls: []wire.ToolCall{{Name: "f", Arguments: "{"}}}); err == nil {
		t.Errorf("broken arguments: %s", body)
	}
	for _, f := range formats.Chats() {
		body, err := f.WriteAnswer(&wire.Response{Text: "hi", Usage: &wire.Usage{Usage: budget.Usage{Input: 5, Output: 2}, Doubt: "odd"}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Decode(body); err != nil || got.Reported() {
			t.Errorf("%s: %+v, error %v: %s", f.Name(), got, err, body)
		}
		probs := json.RawMessage(`{"content":[{"token":"hi","logprob":-0.5}]}`)
		if body, err = f.WriteAnswer(&wire.Response{Text: "hi", Logprobs: json.RawMessage(`{"content":`)}); err != nil || !json.Valid(body) {
			t.Errorf("%s: broken logprobs: %v, %s", f.Name(), err, body)
		}
		if f == openai.Format {
			r := &wire.Response{Text: "hi", Logprobs: probs}
			got, _ := readStream(t, f, wire.WriteStream(f.Writer(false), r))
			if string(got.Logprobs) != string(probs) {
				t.Errorf("logprobs %s", fmt.Sprint(string(got.Logprobs)))
			}
		}
	}
}

package formats_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDecodeReadsAWholeAnswer(t *testing.T) {
	tests := []struct {
		format wire.Format
		file   string
		want   wire.Response
	}{
		{openai.Format, "openai/plain.json", wire.Response{
			Text: "Four words, counted once.", Finish: wire.FinishStop, Model: "gpt-4o-2024-08-06", RequestID: "chatcmpl-1",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 160, CacheRead: 1024, AudioInput: 16, Output: 320, AudioOutput: 20, Reasoning: 256}},
		}},
		{openai.Format, "openai/tools.json", wire.Response{
			Finish: wire.FinishTools, Model: "gpt-4o", RequestID: "chatcmpl-2",
			ToolCalls: []wire.ToolCall{{ID: "call_a", Name: "weather", Arguments: `{"city":"Bern"}`}, {ID: "call_b", Name: "time", Arguments: "{}"}},
			Usage:     &wire.Usage{Usage: budget.Usage{Input: 80, Output: 30}},
		}},
		{anthropic.Format, "anthropic/plain.json", wire.Response{
			Text: "Four words, counted once.", Reasoning: "...", Finish: wire.FinishStop, Model: "claude-sonnet-4-5-20250929", RequestID: "msg_1",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 100, CacheRead: 2000, CacheWrite5m: 500, CacheWrite1h: 400, Output: 340, Reasoning: 256, Fees: 30_000_000},
				Tier: budget.Tier{Service: "standard"}},
		}},
		{anthropic.Format, "anthropic/compaction.json", wire.Response{
			Text: "Short.", Finish: wire.FinishLength, Model: "claude-opus-4-6", RequestID: "msg_2",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 203_000, Output: 4_500}},
		}},
		{responses.Format, "responses/plain.json", wire.Response{
			Text: "Four words, counted once.", Reasoning: "Count them.", Finish: wire.FinishStop, Model: "gpt-5-2025-08-07", RequestID: "resp_1",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 176, CacheRead: 1024, Output: 320, Reasoning: 256}, Tier: budget.Tier{Service: "standard"}},
		}},
		{responses.Format, "responses/tools.json", wire.Response{
			Finish: wire.FinishTools, Model: "gpt-4.1", RequestID: "resp_2",
			ToolCalls: []wire.ToolCall{
				{ID: "call_a", Name: "weather", Arguments: `{"city":"Bern"}`}, {ID: "call_b", Name: "patch", Arguments: "*** Begin"},
				{ID: "call_c", Name: "local_shell", Arguments: `{"type":"exec","command":["ls"]}`},
			},
			Usage: &wire.Usage{Usage: budget.Usage{Input: 80, Output: 30}},
		}},
		{embeddings.Format, "embeddings/plain.json", wire.Response{
			Finish: wire.FinishStop, Model: "text-embedding-3-small", Usage: &wire.Usage{Usage: budget.Usage{Input: 8}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got, err := tt.format.Decode(golden(t, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// read runs the events of a stream through a reader and returns the texts of its deltas.
func read(t testing.TB, s wire.Stream, stream string) (deltas []string, hidden int, err error) {
	t.Helper()
	var parser sse.Events
	events, err := parser.Feed([]byte(stream))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(events, parser.End()...) {
		if e.Data == nil {
			continue
		}
		d, hide, err := s.Event(e.Name, e.Data)
		if err != nil {
			return deltas, hidden, err
		}
		if d.Text != "" {
			deltas = append(deltas, d.Text)
		}
		if hide {
			hidden++
		}
	}
	return deltas, hidden, nil
}

func TestStreamReadsAStreamedAnswer(t *testing.T) {
	call := []wire.ToolCall{{ID: "call_a", Name: "weather", Arguments: `{"city":"Bern"}`}}
	use := []wire.ToolCall{{ID: "toolu_a", Name: "weather", Arguments: `{"city":"Bern"}`}}
	tests := []struct {
		format wire.Format
		file   string
		hidden int
		want   wire.Response
	}{
		{openai.Format, "openai/stream.sse", 1, wire.Response{
			Text: "One two", ToolCalls: call, Finish: wire.FinishTools, Model: "gpt-4o", RequestID: "chatcmpl-3",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 9, Output: 12}},
		}},
		{anthropic.Format, "anthropic/stream.sse", 0, wire.Response{
			Text: "One two", ToolCalls: use, Finish: wire.FinishTools, Model: "claude-haiku-4-5", RequestID: "msg_3",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 40, CacheRead: 1000, Output: 12}},
		}},
		{responses.Format, "responses/stream.sse", 0, wire.Response{
			Text: "One two", Reasoning: "Look.", ToolCalls: call, Finish: wire.FinishTools, Model: "gpt-5", RequestID: "resp_3",
			Usage: &wire.Usage{Usage: budget.Usage{Input: 10, CacheRead: 30, Output: 12, Reasoning: 5}, Tier: budget.Tier{Service: "standard"}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			s := tt.format.Stream()
			deltas, hidden, err := read(t, s, string(golden(t, tt.file)))
			if err != nil || !s.Done() {
				t.Fatalf("done %v, error %v", s.Done(), err)
			}
			if diff := cmp.Diff([]string{"One ", "two"}, deltas); diff != "" {
				t.Errorf("deltas (-want +got):\n%s", diff)
			}
			if hidden != tt.hidden {
				t.Errorf("%d events hidden, want %d", hidden, tt.hidden)
			}
			if diff := cmp.Diff(&tt.want, s.Response()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A body of another format, or a gateway's around ours, says by its keys what it is.
func TestABodyWithoutChoicesSaysWhatItHas(t *testing.T) {
	for body, want := range map[string]string{
		`{"result":{"response":"hi"},"success":true,"errors":[],"messages":[]}`: "no choices, but result, success, errors, messages", // Cloudflare
		`{"model":"m","message":{"content":"hi"},"done":true}`:                  "no choices, but model, message, done",              // Ollama's own
		`{"choices":[]}`:                 "no choices",
		`{}`:                             "no choices",
		`{"two words":1,"\u001b[31m":1}`: "no choices",
		`{"` + strings.Repeat("k", 99) + `":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}`: "no choices, but " + strings.Repeat("k", 32) + ", b, c, d, e, f",
	} {
		_, err := openai.Format.Decode([]byte(body))
		if e := wire.AsError(err); e == nil || e.Class != wire.Garbled || e.Message != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// An answer that the server gave up is no answer, whatever the server calls that.
func TestAnAnswerThatTheServerGaveUp(t *testing.T) {
	for _, word := range []string{"error", "insufficient_system_resource", "network_error", "abort"} {
		_, err := openai.Format.Decode([]byte(`{"choices":[{"message":{"content":"half"},"finish_reason":"` + word + `"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`))
		if e := wire.AsError(err); e == nil || e.Class != wire.Server || e.Unbilled() || e.Answer.Text != "half" || e.Answer.Usage.Output != 5 {
			t.Errorf("%s: %+v", word, e)
		}
	}
}

func TestFinishIsTheSameWordInEveryFormat(t *testing.T) {
	for f, words := range map[wire.Format]map[string]wire.Finish{
		openai.Format: {"stop": wire.FinishStop, "length": wire.FinishLength, "tool_calls": wire.FinishTools,
			"function_call": wire.FinishTools, "content_filter": wire.FinishFilter, "other": "other",
			"STOP": wire.FinishStop, "MAX_TOKENS": wire.FinishLength, "model_context_window_exceeded": wire.FinishLength,
			// Gemini's endpoint for OpenAI's clients passes its own on (HKUDS/Vibe-Trading#308, bespokelabsai/curator#261).
			"content_filter: PROHIBITED_CONTENT": wire.FinishFilter, "RECITATION": wire.FinishFilter, "SPII": wire.FinishFilter,
			"IMAGE_SAFETY": wire.FinishFilter, "sensitive": wire.FinishFilter},
		anthropic.Format: {"end_turn": wire.FinishStop, "stop_sequence": wire.FinishStop, "max_tokens": wire.FinishLength,
			"model_context_window_exceeded": wire.FinishLength, "tool_use": wire.FinishTools, "refusal": wire.FinishFilter,
			"pause_turn": "pause_turn"},
	} {
		for word, want := range words {
			body := `{"type":"message","content":[],"stop_reason":"` + word + `","choices":[{"finish_reason":"` + word + `"}]}`
			if got, err := f.Decode([]byte(body)); err != nil || got.Finish != want {
				t.Errorf("%s: %s: %+v, error %v", f.Name(), word, got, err)
			}
		}
	}
	refused := `{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}`
	if got, err := openai.Format.Decode([]byte(refused)); err != nil || got.Text != "No." || got.Finish != wire.FinishFilter {
		t.Errorf("refusal: %+v, error %v", got, err)
	}
}

func TestToolCallsAreJoinedWithOrWithoutIndex(t *testing.T) {
	piece := func(call string) string {
		return `data: {"choices":[{"index":0,"delta":{"tool_calls":[` + call + `]}}]}` + "\n\n"
	}
	want := []wire.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":1}`}, {ID: "b", Name: "g", Arguments: "{}"}}
	for name, stream := range map[string]string{
		"by index": piece(`{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"b","function":{"name":"g"}}`) +
			piece(`{"index":0,"function":{"arguments":"{\"x\""}}`) + piece(`{"index":0,"function":{"arguments":":1}"}}`),
		"one after the other": piece(`{"id":"a","function":{"name":"f","arguments":"{\"x\""}}`) +
			piece(`{"function":{"arguments":":1}"}}`) + piece(`{"id":"b","function":{"name":"g"}}`),
		"an index from nowhere": piece(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}`) +
			piece(`{"index":1,"id":"b","function":{"name":"g"}}`) + piece(`{"index":999999999,"id":"c"}`) + piece(`{"index":-1,"id":"c"}`),
	} {
		s := openai.Format.Stream()
		if _, _, err := read(t, s, stream); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.Response().ToolCalls); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDecodeRefusesWhatIsNoAnswer(t *testing.T) {
	for _, f := range formats.All() {
		for _, body := range []string{"", " ", "<html>", "{", `{"choices":`, "[]", "{}", "null", `"text"`, `{"choices":[]}`, `{"type":"message"}`} {
			_, err := f.Decode([]byte(body))
			var e *wire.Error
			if !errors.As(err, &e) || e.Class != wire.Garbled || !e.Sent || e.Unbilled() {
				t.Errorf("%s: %q: %v", f.Name(), body, err)
			}
		}
	}
	_, err := openai.Format.Decode([]byte(`{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0}}`))
	if e := wire.AsError(err); e.Answer == nil || e.Answer.Usage.Input != 3 {
		t.Errorf("the answer of a garbled body is %v", e.Answer)
	}
}

func TestAnErrorInsideASuccessIsAnError(t *testing.T) {
	stream := `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	_, _, err := anthropic.Format.Stream().Event("error", []byte(stream))
	if e := wire.AsError(err); e.Class != wire.Server || !e.Unbilled() || e.Message != "Overloaded" {
		t.Errorf("anthropic: %+v", e)
	}
	_, err = openai.Format.Decode([]byte(`{"error":{"message":"No credits","code":402,"type":"insufficient_quota"}}`))
	if e := wire.AsError(err); e.Class != wire.Quota || !e.Sent {
		t.Errorf("openai: %+v", e)
	}
}

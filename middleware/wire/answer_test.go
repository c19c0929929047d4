package wire_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
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
		{wire.OpenAI, "openai/plain.json", wire.Response{
			Text: "Four words, counted once.", Finish: wire.FinishStop, Model: "gpt-4o-2024-08-06", RequestID: "chatcmpl-1",
			Usage: &budget.Usage{Input: 160, CacheRead: 1024, AudioInput: 16, Output: 320, AudioOutput: 20, Reasoning: 256},
		}},
		{wire.OpenAI, "openai/tools.json", wire.Response{
			Finish: wire.FinishTools, Model: "gpt-4o", RequestID: "chatcmpl-2",
			ToolCalls: []wire.ToolCall{{ID: "call_a", Name: "weather", Arguments: `{"city":"Bern"}`}, {ID: "call_b", Name: "time", Arguments: "{}"}},
			Usage:     &budget.Usage{Input: 80, Output: 30},
		}},
		{wire.Anthropic, "anthropic/plain.json", wire.Response{
			Text: "Four words, counted once.", Finish: wire.FinishStop, Model: "claude-sonnet-4-5-20250929", RequestID: "msg_1",
			Usage: &budget.Usage{Input: 100, CacheRead: 2000, CacheWrite5m: 500, CacheWrite1h: 400, Output: 340, Reasoning: 256, Fees: 30_000_000},
		}},
		{wire.Anthropic, "anthropic/compaction.json", wire.Response{
			Text: "Short.", Finish: wire.FinishLength, Model: "claude-opus-4-6", RequestID: "msg_2",
			Usage: &budget.Usage{Input: 203_000, Output: 4_500},
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
	var parser wire.Events
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
		{wire.OpenAI, "openai/stream.sse", 1, wire.Response{
			Text: "One two", ToolCalls: call, Finish: wire.FinishTools, Model: "gpt-4o", RequestID: "chatcmpl-3",
			Usage: &budget.Usage{Input: 9, Output: 12},
		}},
		{wire.Anthropic, "anthropic/stream.sse", 0, wire.Response{
			Text: "One two", ToolCalls: use, Finish: wire.FinishTools, Model: "claude-haiku-4-5", RequestID: "msg_3",
			Usage: &budget.Usage{Input: 40, CacheRead: 1000, Output: 12},
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

func TestStreamKnowsNoUsageBeforeAllOfItWasReported(t *testing.T) {
	running := `data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}` + "\n\n"
	tests := []struct {
		name   string
		format wire.Format
		stream string
		want   *budget.Usage
	}{
		{"running figures", wire.OpenAI, running, nil},
		{"running figures, finished", wire.OpenAI, running +
			`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}` + "\n\n",
			&budget.Usage{Input: 5, Output: 2}},
		{"one of two answers finished", wire.OpenAI, running +
			`data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}` + "\n\n", nil},
		{"running figures, done", wire.OpenAI, running + "data: [DONE]\n\n", &budget.Usage{Input: 5, Output: 1}},
		{"input alone", wire.Anthropic,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}` + "\n\n", nil},
		{"totals, the last of each", wire.Anthropic,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":5,"cache_creation_input_tokens":7,"output_tokens":1}}}` + "\n\n" +
				`data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":6,"output_tokens":9}}` + "\n\n",
			&budget.Usage{Input: 6, CacheWrite5m: 7, Output: 9}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.format.Stream()
			if _, _, err := read(t, s, tt.stream); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.Response().Usage); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUsageIsDisjointOrUnknown(t *testing.T) {
	openai := func(usage string) string {
		return `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
	}
	anthropic := func(usage string) string {
		return `{"type":"message","content":[{"type":"text","text":"a"}],"usage":` + usage + `}`
	}
	tests := []struct {
		name string
		f    wire.Format
		body string
		want *budget.Usage
	}{
		{"none", wire.OpenAI, openai(`null`), nil},
		{"empty", wire.OpenAI, openai(`{}`), nil},
		{"zero is not unknown", wire.OpenAI, openai(`{"prompt_tokens":0,"completion_tokens":0}`), &budget.Usage{}},
		{"negative", wire.OpenAI, openai(`{"prompt_tokens":-1,"completion_tokens":0}`), nil},
		{"absurd", wire.OpenAI, openai(`{"prompt_tokens":9223372036854775807,"completion_tokens":1}`), nil},
		{"words", wire.OpenAI, openai(`{"prompt_tokens":"many","completion_tokens":1}`), nil},
		{"more cached than there is", wire.OpenAI,
			openai(`{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":12,"audio_tokens":3}}`),
			&budget.Usage{CacheRead: 10, Output: 1}},
		{"reasoning outside completion", wire.OpenAI,
			openai(`{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,"completion_tokens_details":{"reasoning_tokens":100}}`),
			&budget.Usage{Input: 10, Output: 105, Reasoning: 100}},
		{"cache hits beside", wire.OpenAI, openai(`{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4}`),
			&budget.Usage{Input: 6, CacheRead: 4, Output: 5}},
		{"none", wire.Anthropic, anthropic(`null`), nil},
		{"output alone", wire.Anthropic, anthropic(`{"output_tokens":3}`), nil},
		{"negative", wire.Anthropic, anthropic(`{"input_tokens":1,"output_tokens":1,"cache_read_input_tokens":-1}`), nil},
		{"words", wire.Anthropic, anthropic(`{"input_tokens":"many","output_tokens":1}`), nil},
		{"cache writes without a split", wire.Anthropic,
			anthropic(`{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":8,"cache_creation":null}`),
			&budget.Usage{Input: 1, CacheWrite5m: 8, Output: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.f.Name()+"/"+tt.name, func(t *testing.T) {
			got, err := tt.f.Decode([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Usage); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFinishIsTheSameWordInEveryFormat(t *testing.T) {
	for f, words := range map[wire.Format]map[string]wire.Finish{
		wire.OpenAI: {"stop": wire.FinishStop, "length": wire.FinishLength, "tool_calls": wire.FinishTools,
			"function_call": wire.FinishTools, "content_filter": wire.FinishFilter, "other": "other"},
		wire.Anthropic: {"end_turn": wire.FinishStop, "stop_sequence": wire.FinishStop, "max_tokens": wire.FinishLength,
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
	if got, err := wire.OpenAI.Decode([]byte(refused)); err != nil || got.Text != "No." || got.Finish != wire.FinishFilter {
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
		s := wire.OpenAI.Stream()
		if _, _, err := read(t, s, stream); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.Response().ToolCalls); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestBilledIsExactAndRoundedUp(t *testing.T) {
	tests := map[string]*budget.NanoUSD{
		`0`: nano(0), `0.1`: nano(100_000_000), `1.5e-9`: nano(2), `0.00014`: nano(140_000), `12`: nano(12_000_000_000),
		`-1`: nil, `1e999999`: nil, `1e-999999`: nano(0), `{"total":1}`: nil, `1e10`: nil,
	}
	for cost, want := range tests {
		body := `{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":` + cost + `}}`
		got, err := wire.OpenAI.Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Billed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cost, diff)
		}
	}
}

func nano(n budget.NanoUSD) *budget.NanoUSD { return &n }

func TestDecodeRefusesWhatIsNoAnswer(t *testing.T) {
	for _, f := range wire.Formats() {
		for _, body := range []string{"", " ", "<html>", "{", `{"choices":`, "[]", "{}", "null", `"text"`, `{"choices":[]}`, `{"type":"message"}`} {
			_, err := f.Decode([]byte(body))
			var e *wire.Error
			if !errors.As(err, &e) || e.Class != wire.Garbled || !e.Sent || e.Unbilled() {
				t.Errorf("%s: %q: %v", f.Name(), body, err)
			}
		}
	}
	_, err := wire.OpenAI.Decode([]byte(`{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0}}`))
	if e := wire.AsError(err); e.Usage == nil || e.Usage.Input != 3 {
		t.Errorf("the usage of a garbled answer is %v", e.Usage)
	}
}

func TestAnErrorInsideASuccessIsAnError(t *testing.T) {
	stream := `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	_, _, err := wire.Anthropic.Stream().Event("error", []byte(stream))
	if e := wire.AsError(err); e.Class != wire.Server || e.Unbilled() || e.Message != "Overloaded" {
		t.Errorf("anthropic: %+v", e)
	}
	_, err = wire.OpenAI.Decode([]byte(`{"error":{"message":"No credits","code":402,"type":"insufficient_quota"}}`))
	if e := wire.AsError(err); e.Class != wire.Quota || !e.Sent {
		t.Errorf("openai: %+v", e)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"openai/plain.json", "openai/tools.json", "anthropic/plain.json", "anthropic/compaction.json"} {
		f.Add(golden(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, format := range wire.Formats() {
			r, err := format.Decode(body)
			checkAnswer(t, r, err)
			format.DecodeError(500, body)
			s := format.Stream()
			_, _, err = s.Event("", body)
			checkAnswer(t, s.Response(), err)
		}
	})
}

func checkAnswer(t *testing.T, r *wire.Response, err error) {
	var e *wire.Error
	switch {
	case err != nil && !errors.As(err, &e):
		t.Errorf("error %v is no *wire.Error", err)
	case err != nil && strings.ContainsAny(e.Message, "\n\r\x00"):
		t.Errorf("message %q is more than a line", e.Message)
	case err == nil && r.Usage != nil && (r.Usage.Input < 0 || r.Usage.Output < 0 || r.Usage.Tokens() < 0 || r.Usage.Reasoning > r.Usage.Output):
		t.Errorf("usage %+v", r.Usage)
	}
}

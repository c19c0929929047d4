package formats_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

func TestStreamKnowsNoOutputBeforeAllOfItWasReported(t *testing.T) {
	running := `data: {"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}` + "\n\n"
	tests := []struct {
		name   string
		format wire.Format
		stream string
		want   *budget.Usage
	}{
		{"running figures: the input", openai.Format, running, &budget.Usage{Input: 5}},
		{"running figures, finished", openai.Format, running +
			`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}` + "\n\n",
			&budget.Usage{Input: 5, Output: 2}},
		{"one of two answers finished", openai.Format, running +
			`data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}` + "\n\n", &budget.Usage{Input: 5}},
		{"running figures, done", openai.Format, running + "data: [DONE]\n\n", &budget.Usage{Input: 5, Output: 1}},
		{"input alone", anthropic.Format,
			`data: {"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}` + "\n\n", &budget.Usage{Input: 5}},
		{"totals, the last of each", anthropic.Format,
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
			r := s.Response()
			if diff := cmp.Diff(tt.want, figuresOf(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if unknown := usageOf(r).Unknown == budget.OutputSide; unknown != (tt.want.Output == 0) {
				t.Errorf("output unknown: %v", unknown)
			}
		})
	}
}

func TestUsageIsDisjointOrUnknown(t *testing.T) {
	openaiBody := func(usage string) string {
		return `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
	}
	anthropicBody := func(usage string) string {
		return `{"type":"message","content":[{"type":"text","text":"a"}],"usage":` + usage + `}`
	}
	tests := []struct {
		name string
		f    wire.Format
		body string
		want *budget.Usage
	}{
		{"none", openai.Format, openaiBody(`null`), nil},
		{"empty", openai.Format, openaiBody(`{}`), nil},
		{"zeros", openai.Format, openaiBody(`{"prompt_tokens":0,"completion_tokens":0}`), nil},
		{"negative", openai.Format, openaiBody(`{"prompt_tokens":-1,"completion_tokens":0}`), nil},
		{"absurd", openai.Format, openaiBody(`{"prompt_tokens":9223372036854775807,"completion_tokens":1}`), &budget.Usage{Output: 1}},
		{"words", openai.Format, openaiBody(`{"prompt_tokens":"many","completion_tokens":1}`), &budget.Usage{Output: 1}},
		{"more cached than there is", openai.Format,
			openaiBody(`{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":12,"audio_tokens":3}}`),
			&budget.Usage{Input: 7, CacheRead: 12, AudioInput: 3, Output: 1}},
		{"reasoning outside completion", openai.Format,
			openaiBody(`{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,"completion_tokens_details":{"reasoning_tokens":100}}`),
			&budget.Usage{Input: 10, Output: 105, Reasoning: 100}},
		{"cache hits beside", openai.Format, openaiBody(`{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4}`),
			&budget.Usage{Input: 6, CacheRead: 4, Output: 5}},
		{"none", anthropic.Format, anthropicBody(`null`), nil},
		{"output alone", anthropic.Format, anthropicBody(`{"output_tokens":3}`), &budget.Usage{Output: 3}},
		{"negative", anthropic.Format, anthropicBody(`{"input_tokens":1,"output_tokens":1,"cache_read_input_tokens":-1}`), &budget.Usage{Output: 1}},
		{"words", anthropic.Format, anthropicBody(`{"input_tokens":"many","output_tokens":1}`), &budget.Usage{Output: 1}},
		{"cache writes without a split", anthropic.Format,
			anthropicBody(`{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":8,"cache_creation":null}`),
			&budget.Usage{Input: 1, CacheWrite5m: 8, Output: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.f.Name()+"/"+tt.name, func(t *testing.T) {
			got, err := tt.f.Decode([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, figuresOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBilledIsExactAndRoundedUp(t *testing.T) {
	tests := map[string]*budget.NanoUSD{
		`0`: nano(0), `0.1`: nano(100_000_000), `1.5e-9`: nano(2), `0.00014`: nano(140_000), `12`: nano(12_000_000_000),
		`-1`: nil, `1e999999`: nil, `1e-999999`: nano(0), `{"total":1}`: nil, `1e10`: nil,
	}
	for cost, want := range tests {
		body := `{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":` + cost + `}}`
		got, err := openai.Format.Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, usageOf(got).Billed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cost, diff)
		}
	}
}

func nano(n budget.NanoUSD) *budget.NanoUSD { return &n }

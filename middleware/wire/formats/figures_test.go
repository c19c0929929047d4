package formats_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// reported is what an answer says of its usage.
type reported struct {
	Usage   *budget.Usage
	Unknown budget.Sides
	Doubt   bool
	Billed  *budget.NanoUSD
}

func reportedBy(r *wire.Response) reported {
	said := usageOf(r)
	if said.Unknown == budget.BothSides {
		said.Unknown = 0 // of nothing
	}
	return reported{figuresOf(r), said.Unknown, said.Doubt != "", said.Billed}
}

// usageOf is what an answer says that it used, and of neither side where it says nothing.
func usageOf(r *wire.Response) wire.Usage {
	if r.Usage == nil {
		return wire.Usage{Unknown: budget.BothSides}
	}
	return *r.Usage
}

// figuresOf are the buckets that an answer tells, nil if it tells none.
func figuresOf(r *wire.Response) *budget.Usage {
	if u := usageOf(r); u.Unknown != budget.BothSides {
		return &u.Usage
	}
	return nil
}

// said is a whole answer with this usage, and more members of the body before and of the choice after it.
func said(f wire.Format, usage string) string {
	if f == anthropic.Format {
		return `{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":` + usage + `}`
	}
	return `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":` + usage + `}`
}

func TestUsageIsReadFigureByFigure(t *testing.T) {
	exact := func(u budget.Usage) reported { return reported{Usage: &u} }
	doubt := func(u budget.Usage) reported { return reported{Usage: &u, Doubt: true} }
	input := func(n int64) reported { return reported{Usage: &budget.Usage{Input: n}, Unknown: budget.OutputSide} }
	output := func(n int64) reported { return reported{Usage: &budget.Usage{Output: n}, Unknown: budget.InputSide} }
	wrong := func(r reported) reported { r.Doubt = true; return r }
	tests := []struct {
		name  string
		f     wire.Format
		usage string
		want  reported
	}{
		// Numbers as servers write them.
		{"floats", openai.Format, `{"prompt_tokens":12.0,"completion_tokens":5.0,"total_tokens":17.0}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"a fraction", openai.Format, `{"prompt_tokens":12.5,"completion_tokens":5}`, exact(budget.Usage{Input: 13, Output: 5})},
		{"exponents", openai.Format, `{"prompt_tokens":1e3,"completion_tokens":5E0}`, exact(budget.Usage{Input: 1000, Output: 5})},
		{"strings", openai.Format, `{"prompt_tokens":"12","completion_tokens":" 5 "}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"an exponent without end", openai.Format, `{"prompt_tokens":1e999999999,"completion_tokens":5}`, wrong(output(5))},
		{"a number of many digits", openai.Format, `{"prompt_tokens":12,"completion_tokens":` + strings.Repeat("9", 100_000) + `}`, wrong(input(12))},
		{"many zeros after the point", openai.Format, `{"prompt_tokens":12.` + strings.Repeat("0", 100_000) + `1,"completion_tokens":5}`, wrong(output(5))},

		// What is odd beside them.
		{"lists for objects", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":[],"completion_tokens_details":[]}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"null everywhere", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"total_tokens":null,"prompt_tokens_details":{"cached_tokens":null},"completion_tokens_details":null,"cost":null}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"words in a detail", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":"none"},"is_byok":"x"}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"no JSON in a detail", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"queue_time":NaN,"rate":-Infinity}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"keys that fold", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"Prompt_Tokens":1,"COMPLETION_TOKENS":1}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"keys twice: the larger", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens":2,"completion_tokens":0}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"an escaped key", openai.Format, `{"prompt\u005ftokens":12,"completion_tokens":5}`, exact(budget.Usage{Input: 12, Output: 5})},

		// A side that was left out.
		{"no completion", openai.Format, `{"prompt_tokens":12}`, input(12)},
		{"no completion but a total", openai.Format, `{"prompt_tokens":12,"total_tokens":12}`, exact(budget.Usage{Input: 12})},
		{"total less prompt", openai.Format, `{"prompt_tokens":12,"total_tokens":17}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"total less completion", openai.Format, `{"completion_tokens":5,"total_tokens":17}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"a total that is too small", openai.Format, `{"prompt_tokens":12,"total_tokens":7}`, input(12)},
		{"no prompt", openai.Format, `{"completion_tokens":5}`, output(5)},
		{"a total alone", openai.Format, `{"total_tokens":17}`, reported{}},
		{"zeros", openai.Format, `{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`, reported{}},
		{"no object", openai.Format, `[]`, reported{}},

		// One side that cannot be.
		{"negative output", openai.Format, `{"prompt_tokens":12,"completion_tokens":-1,"total_tokens":17}`, wrong(input(12))},
		{"negative input", openai.Format, `{"prompt_tokens":-0.5,"completion_tokens":5,"total_tokens":17}`, wrong(output(5))},
		{"more than any attempt", openai.Format, `{"prompt_tokens":12,"completion_tokens":1099511627777}`, wrong(input(12))},
		{"the most of both", openai.Format, `{"prompt_tokens":1099511627776,"completion_tokens":1099511627776}`, reported{}},
		{"a negative part", openai.Format, `{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":-4}}`, doubt(budget.Usage{Input: 12, Output: 5})},

		// Reasoning.
		{"reasoning outside, in the total", openai.Format, `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,"completion_tokens_details":{"reasoning_tokens":100}}`, exact(budget.Usage{Input: 10, Output: 105, Reasoning: 100})},
		{"reasoning above completion, as the total has it", openai.Format, `{"prompt_tokens":951,"completion_tokens":6000,"total_tokens":6952,"completion_tokens_details":{"reasoning_tokens":6001}}`, exact(budget.Usage{Input: 951, Output: 6001, Reasoning: 6001})},
		{"reasoning above completion", openai.Format, `{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":100}}`, doubt(budget.Usage{Input: 10, Output: 105, Reasoning: 100})},
		{"reasoning above the total", openai.Format, `{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"reasoning_tokens":100}`, doubt(budget.Usage{Input: 10, Output: 105, Reasoning: 100})},

		// The cache, under the names of all.
		{"cached at the top", openai.Format, `{"prompt_tokens":36,"completion_tokens":7,"cached_tokens":30}`, exact(budget.Usage{Input: 6, CacheRead: 30, Output: 7})},
		{"hits and misses for a prompt", openai.Format, `{"completion_tokens":7,"prompt_cache_hit_tokens":30,"prompt_cache_miss_tokens":6}`, exact(budget.Usage{Input: 6, CacheRead: 30, Output: 7})},
		{"Anthropic's names inside the prompt", openai.Format, `{"prompt_tokens":2459,"completion_tokens":23,"total_tokens":2482,"prompt_tokens_details":{"cached_tokens":0},"cache_read_input_tokens":2455,"cache_creation_input_tokens":0}`, exact(budget.Usage{Input: 4, CacheRead: 2455, Output: 23})},
		{"Anthropic's names beside it, by the total", openai.Format, `{"prompt_tokens":4,"completion_tokens":23,"total_tokens":2582,"cache_read_input_tokens":2455,"cache_creation_input_tokens":100}`, exact(budget.Usage{Input: 4, CacheRead: 2455, CacheWrite5m: 100, Output: 23})},
		{"a total without the cache", anthropic.Format, `{"input_tokens":3,"output_tokens":7,"total_tokens":10,"cache_read_input_tokens":2000}`, exact(budget.Usage{Input: 3, CacheRead: 2000, Output: 7})},
		{"a total without the cache, beside a prompt", openai.Format, `{"prompt_tokens":3,"completion_tokens":7,"total_tokens":10,"cache_read_input_tokens":2000}`, doubt(budget.Usage{Input: 3, CacheRead: 2000, Output: 7})},
		{"more cached than prompted", openai.Format, `{"prompt_tokens":4,"completion_tokens":23,"cache_read_input_tokens":2455}`, doubt(budget.Usage{Input: 4, CacheRead: 2455, Output: 23})},
		{"writes that overlap reads: the dearest first", openai.Format, `{"input_tokens":3619,"output_tokens":36,"total_tokens":3655,"input_tokens_details":{"cached_tokens":2921,"cached_creation_tokens":120,"cache_write_tokens":3616}}`, exact(budget.Usage{CacheRead: 3, CacheWrite5m: 3616, Output: 36})},
		{"writes by how long they last", openai.Format, `{"prompt_tokens":100,"completion_tokens":1,"claude_cache_creation_5_m_tokens":20,"claude_cache_creation_1_h_tokens":30,"prompt_tokens_details":{"cached_creation_tokens":50}}`, exact(budget.Usage{Input: 50, CacheWrite5m: 20, CacheWrite1h: 30, Output: 1})},
		{"writes in details of details", openai.Format, `{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cache_creation_tokens":50,"cache_creation_token_details":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30}}}`, exact(budget.Usage{Input: 50, CacheWrite5m: 20, CacheWrite1h: 30, Output: 1})},

		// Names of other formats.
		{"Responses", openai.Format, `{"input_tokens":36,"output_tokens":7,"total_tokens":43,"input_tokens_details":{"cached_tokens":30},"output_tokens_details":{"reasoning_tokens":2}}`, exact(budget.Usage{Input: 6, CacheRead: 30, Output: 7, Reasoning: 2})},
		{"both names, one of them zero", openai.Format, `{"prompt_tokens":36,"completion_tokens":7,"input_tokens":0,"output_tokens":0}`, exact(budget.Usage{Input: 36, Output: 7})},
		{"Bedrock", openai.Format, `{"inputTokens":4,"outputTokens":7,"totalTokens":41,"cacheReadInputTokens":30}`, exact(budget.Usage{Input: 4, CacheRead: 30, Output: 7})},
		{"Gemini", openai.Format, `{"promptTokenCount":36,"candidatesTokenCount":7,"thoughtsTokenCount":9,"toolUsePromptTokenCount":4,"totalTokenCount":56,"cachedContentTokenCount":30}`, exact(budget.Usage{Input: 10, CacheRead: 30, Output: 16, Reasoning: 9})},
		{"Cohere", openai.Format, `{"billed_units":{"input_tokens":5.0,"output_tokens":7.0},"tokens":{"input_tokens":36.0,"output_tokens":8.0}}`, exact(budget.Usage{Input: 36, Output: 8})},

		// Anthropic.
		{"Anthropic's cache is beside its input", anthropic.Format, `{"input_tokens":3000,"output_tokens":7,"cache_read_input_tokens":30,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_1h_input_tokens":40}}`, exact(budget.Usage{Input: 3000, CacheRead: 30, CacheWrite5m: 10, CacheWrite1h: 40, Output: 7})},
		{"lists for objects, Anthropic", anthropic.Format, `{"input_tokens":12,"output_tokens":5,"cache_creation":[],"server_tool_use":[],"iterations":{},"output_tokens_details":null}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"floats and strings, Anthropic", anthropic.Format, `{"input_tokens":12.0,"output_tokens":"5"}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"OpenAI's names", anthropic.Format, `{"prompt_tokens":12,"completion_tokens":5}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"no output, Anthropic", anthropic.Format, `{"input_tokens":12}`, input(12)},
		{"an absurd part of the input", anthropic.Format, `{"input_tokens":12,"output_tokens":5,"cache_creation_input_tokens":1e30}`, wrong(output(5))},
		{"an absurd number of searches", anthropic.Format, `{"input_tokens":12,"output_tokens":5,"server_tool_use":{"web_search_requests":1000000000000}}`, doubt(budget.Usage{Input: 12, Output: 5})},
		{"passes that do not count", anthropic.Format, `{"input_tokens":12,"output_tokens":5,"iterations":[{"type":"message","input_tokens":12,"output_tokens":5}]}`, exact(budget.Usage{Input: 12, Output: 5})},
		{"passes and no input", anthropic.Format, `{"output_tokens":5,"iterations":[{"type":"compaction","input_tokens":180,"output_tokens":2}]}`, doubt(budget.Usage{Input: 180, Output: 7})},
		{"passes and no output", anthropic.Format, `{"input_tokens":12,"iterations":[{"type":"compaction","input_tokens":180,"output_tokens":2}]}`, input(192)},
		{"passes that would wrap", anthropic.Format, `{"input_tokens":12,"output_tokens":5,"iterations":[` + strings.Repeat(`{"type":"compaction","input_tokens":1099511627776,"output_tokens":1},`, 9_000_000/70) + `{"type":"compaction","input_tokens":1,"output_tokens":1}]}`, reported{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.f.Decode([]byte(said(tt.f, tt.usage)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, reportedBy(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Text != "a" || r.Finish != wire.FinishStop {
				t.Errorf("text %q, finish %q: lost", r.Text, r.Finish)
			}
		})
	}
}

func TestUsageIsReadWhereverItStands(t *testing.T) {
	const choice = `"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"`
	want := &budget.Usage{Input: 6, CacheRead: 30, Output: 7}
	const usage = `{"prompt_tokens":36,"completion_tokens":7,"cached_tokens":30}`
	for name, body := range map[string]string{
		"at the top":      `{` + choice + `}],"usage":` + usage + `}`,
		"in the choice":   `{` + choice + `,"usage":` + usage + `}]}`,
		"in both":         `{` + choice + `,"usage":` + usage + `}],"usage":` + usage + `}`,
		"zeros above it":  `{"usage":{"prompt_tokens":0,"completion_tokens":0},` + choice + `,"usage":` + usage + `}]}`,
		"Groq's":          `{` + choice + `}],"x_groq":{"id":"req","usage":` + usage + `}}`,
		"Gemini's":        `{` + choice + `}],"usageMetadata":{"promptTokenCount":36,"candidatesTokenCount":7,"cachedContentTokenCount":30}}`,
		"behind a mark":   "\xef\xbb\xbf \n{" + choice + `}],"usage":` + usage + "}\n\n\x00 trailing",
		"after odd ones":  `{"id":7,"model":[],"created":"x","system_fingerprint":{},"logprobs":[NaN],` + choice + `}],"usage":` + usage + `}`,
		"said twice over": `{` + choice + `}],"usage":null,"usage":` + usage + `,"usage":{}}`,
	} {
		r, err := openai.Format.Decode([]byte(body))
		if err != nil || r.Text != "a" {
			t.Errorf("%s: %+v, error %v", name, r, err)
			continue
		}
		if diff := cmp.Diff(want, figuresOf(r)); diff != "" || usageOf(r).Doubt != "" || usageOf(r).Unknown != 0 {
			t.Errorf("%s: %+v (-want +got):\n%s", name, r, diff)
		}
	}
	each := `{"choices":[{"index":0,"message":{"content":"a"},"usage":` + usage + `},{"index":1,"message":{"content":"b"},"usage":` + usage + `}]}`
	r, err := openai.Format.Decode([]byte(each))
	if err != nil || usageOf(r).Doubt == "" || r.Usage.InputTokens() != 36 || r.Usage.Output != 14 {
		t.Errorf("a usage in each of two choices: %+v, %+v, error %v", r, r.Usage, err)
	}
}

func TestUsageOfAStreamNeverFalls(t *testing.T) {
	openaiBody := func(usages ...string) (events []string) {
		for _, u := range usages {
			events = append(events, `{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":`+u+`}`)
		}
		return append(events, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, "[DONE]")
	}
	anthropicBody := func(first string, later ...string) []string {
		events := []string{`{"type":"message_start","message":{"id":"m","usage":` + first + `}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`}
		for _, u := range later {
			events = append(events, `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":`+u+`}`)
		}
		return append(events, `{"type":"message_stop"}`)
	}
	tests := []struct {
		name   string
		f      wire.Format
		events []string
		want   budget.Usage
	}{
		{"null changes nothing", anthropic.Format, anthropicBody(`{"input_tokens":27,"output_tokens":1}`, `{"input_tokens":null,"cache_read_input_tokens":null,"output_tokens":47}`), budget.Usage{Input: 27, Output: 47}},
		{"a zero at the end", anthropic.Format, anthropicBody(`{"input_tokens":27,"output_tokens":1}`, `{"input_tokens":0,"output_tokens":47}`), budget.Usage{Input: 27, Output: 47}},
		{"the split moves", anthropic.Format, anthropicBody(`{"input_tokens":2000,"cache_read_input_tokens":0,"output_tokens":1}`, `{"input_tokens":100,"cache_read_input_tokens":1900,"output_tokens":47}`), budget.Usage{Input: 100, CacheRead: 1900, Output: 47}},
		{"the split moves and the sum falls", anthropic.Format, anthropicBody(`{"input_tokens":2000,"output_tokens":1}`, `{"input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":47}`), budget.Usage{Input: 1000, CacheRead: 1000, Output: 47}},
		{"all at the end", anthropic.Format, anthropicBody(`{}`, `{"input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":47}`), budget.Usage{Input: 100, CacheRead: 1000, Output: 47}},
		{"a first output above the last", anthropic.Format, anthropicBody(`{"input_tokens":2,"output_tokens":50}`, `{"output_tokens":47}`), budget.Usage{Input: 2, Output: 50}},
		{"several ends", anthropic.Format, anthropicBody(`{"input_tokens":2,"output_tokens":1}`, `{"output_tokens":47}`, `{"output_tokens":12}`), budget.Usage{Input: 2, Output: 47}},
		{"running figures", openai.Format, openaiBody(`{"prompt_tokens":5,"completion_tokens":1}`, `null`, `{"prompt_tokens":5,"completion_tokens":2}`), budget.Usage{Input: 5, Output: 2}},
		{"falling figures", openai.Format, openaiBody(`{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}`, `{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}`), budget.Usage{Input: 5, Output: 3}},
		{"zeros at the end", openai.Format, openaiBody(`{"prompt_tokens":5,"completion_tokens":3}`, `{"prompt_tokens":0,"completion_tokens":0}`), budget.Usage{Input: 5, Output: 3}},
		{"a split that is left out later", openai.Format, openaiBody(`{"prompt_tokens":5,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}`, `{"prompt_tokens":5,"completion_tokens":4,"prompt_tokens_details":null}`), budget.Usage{Input: 1, CacheRead: 4, Output: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.f.Stream()
			for _, event := range tt.events {
				if _, _, err := s.Event("", []byte(event)); err != nil {
					t.Fatal(err)
				}
			}
			r := s.Response()
			if diff := cmp.Diff(&tt.want, figuresOf(r)); diff != "" || usageOf(r).Unknown != 0 {
				t.Errorf("unknown %v (-want +got):\n%s", usageOf(r).Unknown, diff)
			}
		})
	}
}

// Numbers of megabytes are among them: to parse one took minutes.
func TestCostIsReadWhereItIsSaid(t *testing.T) {
	for usage, want := range map[string]*budget.NanoUSD{
		`"cost":"0.0012"`: nano(1_200_000), `"cost":0.0012,"cost":0.0011`: nano(1_200_000), `"cost":[]`: nil, `"cost":"free"`: nil,
		`"cost":0.1234567891`: nano(123_456_790), `"cost":1000000`: nano(budget.MaxAttemptCost), `"cost":1000000.01`: nil,
		`"cost":{"total_cost":0.006,"request_cost":0.005}`: nano(6_000_000),
		`"cost_in_usd_ticks":37756000`:                     nano(3_775_600), `"cost_in_usd_ticks":37756001`: nano(3_775_601),
		`"cost_in_usd_ticks":-1`: nil, `"cost_in_usd_ticks":9223372036854775807`: nil,
		`"cost":0.0001,"is_byok":true`:                                            nil,
		`"cost":0.0001,"is_byok":false`:                                           nano(100_000),
		`"cost":0.` + strings.Repeat("3", 1_100_000):                              nil,
		`"cost":0.` + strings.Repeat("3", 100_000):                                nil,
		`"cost":` + strings.Repeat("1", 4_000_000):                                nil,
		`"cost":1e-` + strings.Repeat("9", 30):                                    nano(0),
		`"cost":1e-20`:                                                            nano(1),
		`"cost":1e+` + strings.Repeat("9", 30):                                    nil,
		`"cost":null,"cost_details":{"upstream_inference_cost":0.1},"Cost":0.001`: nil,
	} {
		r, err := openai.Format.Decode([]byte(said(openai.Format, `{"prompt_tokens":1,"completion_tokens":1,`+usage+`}`)))
		if err != nil || r.Usage == nil {
			t.Errorf("%.40s: %+v, error %v", usage, r, err)
			continue
		}
		if diff := cmp.Diff(want, usageOf(r).Billed); diff != "" {
			t.Errorf("%.40s (-want +got):\n%s", usage, diff)
		}
	}
}

// A cost that none can be is a figure like any other: what it stands beside is not taken for exact.
func TestACostThatCannotBeIsDoubted(t *testing.T) {
	for usage, doubted := range map[string]bool{
		`"cost":1000000.01`:                       true,
		`"cost":-5`:                               true,
		`"cost":"-5"`:                             true,
		`"cost":1e400`:                            true,
		`"cost":` + strings.Repeat("1", 100):      true,
		`"cost":{"total_cost":-1}`:                true,
		`"cost_in_usd_ticks":-1`:                  true,
		`"cost_in_usd_ticks":9223372036854775807`: true,
		`"cost":0`:                                false,
		`"cost":1000000`:                          false,
		`"cost":null`:                             false,
		`"cost":"free"`:                           false,
		`"cost":[]`:                               false,
		`"cost":{}`:                               false,
		`"cost":0.001,"cost_details":{"upstream":-1}`: false,
	} {
		body := `{"prompt_tokens":12,"completion_tokens":5,` + usage + `}`
		r, err := openai.Format.Decode([]byte(said(openai.Format, body)))
		if err != nil || usageOf(r).Tokens() != 17 || (usageOf(r).Doubt != "") != doubted {
			t.Errorf("%.60s: %+v, error %v", usage, r, err)
		}
		s := openai.Format.Stream()
		for _, event := range []string{`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":` + body + `}`, `{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}`} {
			if _, _, err := s.Event("", []byte(event)); err != nil {
				t.Error(err)
			}
		}
		if r := s.Response(); (usageOf(r).Doubt != "") != doubted {
			t.Errorf("%.60s in a stream: %+v", usage, r)
		}
	}
}

func TestTierIsReadInTheWordsOfTheBudget(t *testing.T) {
	for body, want := range map[string]budget.Tier{
		`"service_tier":"priority"`:                        {Service: "priority"},
		`"service_tier":"default"`:                         {Service: "standard"},
		`"service_tier":"standard_only"`:                   {Service: "standard"},
		`"service_tier":"on_demand"`:                       {Service: "standard"},
		`"service_tier":"auto"`:                            {},
		`"service_tier":null`:                              {},
		`"service_tier":"Flex"`:                            {Service: "flex"},
		`"service_tier":"` + strings.Repeat("x", 33) + `"`: {Service: "unknown"},
		`"service_tier":"a@b"`:                             {Service: "unknown"},
		`"service_tier":{}`:                                {Service: "unknown"},
		`"Service_tier":"flex"`:                            {},
		`"usage":{"service_tier":"batch"}`:                 {Service: "batch"},
		`"usage":{"service_tier":"standard","speed":"fast","inference_geo":"us"}`:           {Service: "fast", Region: "us"},
		`"usage":{"service_tier":"priority","speed":"standard","inference_geo":"global"}`:   {Service: "priority", Region: "global"},
		`"usage":{"service_tier":"standard","inference_geo":"not_available","speed":null}`:  {Service: "standard"},
		`"usage":{"service_tier":"flex","speed":123.4}`:                                     {Service: "flex"},
		`"usage":{"speed":"standard"}`:                                                      {},
		`"service_tier":"flex","usage":{"prompt_tokens":1,"service_tier":null,"speed":"x"}`: {Service: "x"},
	} {
		r, err := openai.Format.Decode([]byte(`{"choices":[{"message":{"content":"a"}}],` + body + `}`))
		if err != nil || usageOf(r).Tier != want {
			t.Errorf("openai: %s: %+v, error %v", body, r, err)
		}
		r, err = anthropic.Format.Decode([]byte(`{"type":"message","content":[],` + body + `}`))
		if err != nil || usageOf(r).Tier != want {
			t.Errorf("anthropic: %s: %+v, error %v", body, r, err)
		}
	}
	s := openai.Format.Stream()
	for _, event := range []string{`{"choices":[],"service_tier":"auto"}`, `{"choices":[{"delta":{"content":"a"}}],"service_tier":"flex"}`, `{"choices":[],"service_tier":"default"}`, `{"choices":[],"service_tier":null}`} {
		if _, _, err := s.Event("", []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	if tier := usageOf(s.Response()).Tier; tier != (budget.Tier{Service: "standard"}) {
		t.Errorf("the last of a stream: %+v", tier)
	}
}

func TestTierOfARequest(t *testing.T) {
	for more, want := range map[string]budget.Tier{
		``: {}, `"service_tier":"auto"`: {}, `"service_tier":null`: {}, `"service_tier":"default"`: {Service: "standard"},
		`"service_tier":"priority"`: {Service: "priority"}, `"service_tier":"standard_only"`: {Service: "standard"},
		`"speed":"fast"`: {Service: "fast"}, `"speed":"standard"`: {}, `"speed":"standard","service_tier":"flex"`: {Service: "flex"},
		`"service_tier":"priority","service_tier_used":"default"`: {Service: "priority"},
		`"inference_geo":"us"`: {Region: "us"}, `"inference_geo":"not_available"`: {}, `"service_tier":7`: {Service: "7"}, `"service_tier":["flex"]`: {Service: "unknown"},
	} {
		for _, f := range formats.All() {
			body := `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]`
			if more != "" {
				body += "," + more
			}
			r, err := f.Parse([]byte(body + `}`))
			if err != nil || r.Tier != want {
				t.Errorf("%s: %s: %+v, error %v", f.Name(), more, r, err)
			}
		}
	}
}

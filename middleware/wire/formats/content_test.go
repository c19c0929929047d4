package formats_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

// onlySaid compares what an answer says.
var onlySaid = cmpopts.IgnoreFields(wire.Response{}, "Usage", "Model", "RequestID", "Charge")

func TestOneOddFieldLosesNothingElse(t *testing.T) {
	const usage = `,"usage":{"prompt_tokens":12,"completion_tokens":5}`
	call := []wire.ToolCall{{ID: "7", Name: "f", Arguments: `{"x": 1}`}}
	openaiBody := func(message string) string {
		return `{"choices":[{"index":0,"message":` + message + `,"finish_reason":"stop"}]` + usage + `}`
	}
	anthropicBody := func(content string) string {
		return `{"type":"message","content":` + content + `,"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":5}}`
	}
	tests := []struct {
		name string
		f    wire.Format
		body string
		want wire.Response
	}{
		{"content as parts", openai.Format, openaiBody(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"},{"type":"reference","reference_ids":[1]},{"type":"output_text","text":"b"},"c"]}`),
			wire.Response{Text: "abc", Reasoning: "hm"}},
		{"a refusal as a part", openai.Format, openaiBody(`{"content":[{"type":"refusal","refusal":"No."}]}`), wire.Response{Text: "No.", Refusal: "No.", Finish: wire.FinishFilter}},
		{"a refusal beside nothing", openai.Format, openaiBody(`{"content":null,"refusal":"No."}`), wire.Response{Text: "No.", Refusal: "No.", Finish: wire.FinishFilter}},
		{"content as an object", openai.Format, openaiBody(`{"content":{"type":"text","text":{"value":"a","annotations":[]}}}`), wire.Response{Text: "a"}},
		{"content as a number", openai.Format, openaiBody(`{"content":42}`), wire.Response{Text: "42"}},
		{"content as nothing", openai.Format, openaiBody(`{"content":[],"tool_calls":null,"function_call":[],"audio":7,"refusal":{}}`), wire.Response{}},
		{"no message but a text", openai.Format, `{"choices":[{"text":"a","finish_reason":"stop"}]` + usage + `}`, wire.Response{Text: "a"}},
		{"arguments as an object", openai.Format, openaiBody(`{"content":null,"tool_calls":[{"id":7,"function":{"name":"f","arguments":{"x": 1}}}]}`), wire.Response{ToolCalls: call}},
		{"no arguments", openai.Format, openaiBody(`{"tool_calls":[{"function":{"name":"f","arguments":null}},{"function":{"name":"g"}},{"id":"c","type":"custom","custom":{"name":"h","input":"raw"}},[],{"index":0,"function":{"name":"i"}}]}`),
			wire.Response{ToolCalls: []wire.ToolCall{{Name: "f", Arguments: "{}"}, {Name: "g", Arguments: "{}"}, {ID: "c", Name: "h", Arguments: "raw"}, {Name: "i", Arguments: "{}"}}}},
		{"a call of the time before tools", openai.Format, openaiBody(`{"content":null,"function_call":{"name":"f","arguments":"{\"x\":1}"}}`),
			wire.Response{ToolCalls: []wire.ToolCall{{Name: "f", Arguments: `{"x":1}`}}}},
		{"reasoning_content", openai.Format, openaiBody(`{"content":"a","reasoning_content":"hm"}`), wire.Response{Text: "a", Reasoning: "hm"}},
		{"the same reasoning under three keys", openai.Format, openaiBody(`{"content":"a","reasoning":"hm","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"h"},{"type":"reasoning.text","text":"m"},{"type":"reasoning.encrypted","data":"xx"}]}`), wire.Response{Text: "a", Reasoning: "hm"}},
		{"thinking", openai.Format, openaiBody(`{"content":"a","thinking":{"content":"hm"}}`), wire.Response{Text: "a", Reasoning: "hm"}},
		{"speech", openai.Format, openaiBody(`{"content":null,"audio":{"id":"x","transcript":"a"}}`), wire.Response{Text: "a"}},
		{"logprobs", openai.Format, `{"choices":[{"message":{"content":"a"},"finish_reason":"stop","logprobs":{"content":[{"token":"a","logprob":-0.5}],"refusal":null}}]` + usage + `}`,
			wire.Response{Text: "a", Logprobs: []byte(`{"content":[{"token":"a","logprob":-0.5}],"refusal":null}`)}},
		{"logprobs of the time before chats", openai.Format, `{"choices":[{"text":"a","finish_reason":"stop","logprobs":{"tokens":["a"],"token_logprobs":[-0.5]}}]` + usage + `}`,
			wire.Response{Text: "a", Logprobs: []byte(`{"tokens":["a"],"token_logprobs":[-0.5]}`)}},
		{"logprobs that are no JSON", openai.Format, `{"choices":[{"message":{"content":"a"},"finish_reason":"stop","logprobs":{"content":[{"token":"a","logprob":-Infinity}]}}]` + usage + `}`, wire.Response{Text: "a"}},
		{"a mark and what follows", openai.Format, "\xef\xbb\xbf\n" + openaiBody(`{"content":"a"}`) + "\n<!-- cached -->", wire.Response{Text: "a"}},
		{"a line break in a string", openai.Format, openaiBody("{\"content\":\"a\nb\\q\"}"), wire.Response{Text: "a\nb\\q"}},
		{"half a surrogate", openai.Format, openaiBody(`{"content":"a\ud83d"}`), wire.Response{Text: "a\uFFFD"}},
		{"keys that fold", openai.Format, openaiBody(`{"content":"a","Content":"b","CONTENT":"c"}`), wire.Response{Text: "a"}},
		{"MiniMax's success", openai.Format, `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"object":"chat.completion","base_resp":{"status_code":0,"status_msg":""}` + usage + `}`, wire.Response{Text: "a"}},
		{"an empty error", openai.Format, `{"error":{},"choices":[{"message":{"content":"a"},"finish_reason":"stop","error":""}]` + usage + `}`, wire.Response{Text: "a"}},
		{"other words for the end", openai.Format, `{"choices":[{"message":{"content":"a"},"finish_reason":"MAX_TOKENS"}]` + usage + `}`, wire.Response{Text: "a", Finish: wire.FinishLength}},

		{"thinking, Anthropic", anthropic.Format, anthropicBody(`[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"a","citations":[]}]`), wire.Response{Text: "a", Reasoning: "hm"}},
		{"a tool, Anthropic", anthropic.Format, anthropicBody(`[{"type":"tool_use","id":7,"name":"f","input":{"x": 1}}]`), wire.Response{ToolCalls: call}},
		{"a tool without input", anthropic.Format, anthropicBody(`[{"type":"tool_use","id":"a","name":"f","input":[]}]`), wire.Response{ToolCalls: []wire.ToolCall{{ID: "a", Name: "f", Arguments: "{}"}}}},
		{"the server's tools", anthropic.Format, anthropicBody(`[{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"x"}},{"type":"web_search_tool_result","content":[{"type":"web_search_result","title":"t"}]},{"type":"text","text":"a"}]`), wire.Response{Text: "a"}},
		{"blocks of other kinds", anthropic.Format, anthropicBody(`[{"type":"new","text":{"x":[]}},null,7,[],{"type":"text","text":"a"}]`), wire.Response{Text: "a"}},
		{"content as a string", anthropic.Format, anthropicBody(`"a"`), wire.Response{Text: "a"}},
		{"a refusal, Anthropic", anthropic.Format, `{"type":"message","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"No."},"usage":{"input_tokens":12,"output_tokens":5}}`, wire.Response{Refusal: "No.", Finish: wire.FinishFilter}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.f.Decode([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.Finish == "" {
				tt.want.Finish = wire.FinishStop
			}
			if diff := cmp.Diff(&tt.want, r, onlySaid); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(&budget.Usage{Input: 12, Output: 5}, figuresOf(r)); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryChoiceIsKept(t *testing.T) {
	want := []wire.Choice{
		{Index: 0, Text: "one", Reasoning: "hm", Finish: wire.FinishStop, Logprobs: []byte(`{"content":[{"token":"o"},{"token":"ne"}]}`)},
		{Index: 1, Text: "No.", Refusal: "No.", Finish: wire.FinishFilter},
		{Index: 2, ToolCalls: []wire.ToolCall{{ID: "a", Name: "f", Arguments: `{"x":1}`}}, Finish: wire.FinishTools},
	}
	plain := `{"choices":[
		{"index":2,"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":"tool_calls"},
		{"index":0,"message":{"content":"one","reasoning":"hm"},"finish_reason":"stop","logprobs":{"content":[{"token":"o"},{"token":"ne"}]}},
		{"index":1,"message":{"refusal":"No."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5}}`
	r, err := openai.Format.Decode([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.Choices); diff != "" || r.Text != "one" || r.Reasoning != "hm" {
		t.Errorf("plain: first %q (-want +got):\n%s", r.Text, diff)
	}
	piece := func(index int, rest string) string { return fmt.Sprintf(`{"choices":[{"index":%d,%s}]}`, index, rest) }
	s := openai.Format.Stream()
	var deltas string
	for _, event := range []string{
		piece(2, `"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}`),
		piece(0, `"delta":{"reasoning":"hm"}`), piece(1, `"delta":{"refusal":"No"}`),
		piece(0, `"delta":{"content":"o"},"logprobs":{"content":[{"token":"o"}]}`), piece(1, `"delta":{"refusal":"."},"finish_reason":"stop"`),
		piece(0, `"delta":{"content":"ne"},"logprobs":{"content":[{"token":"ne"}]}`), piece(0, `"delta":{},"finish_reason":"stop","logprobs":null`),
		piece(2, `"delta":{"tool_calls":[{"index":"0","function":{"arguments":":1}"}}]}`), piece(2, `"delta":null,"finish_reason":"tool_calls"`),
		`{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}`, "[DONE]",
	} {
		d, _, err := s.Event("", []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		deltas += d.Text
	}
	r = s.Response()
	if diff := cmp.Diff(want, r.Choices); diff != "" || r.Text != "one" || deltas != "one" || usageOf(r).Unknown != 0 {
		t.Errorf("stream: first %q, deltas %q, usage %v (-want +got):\n%s", r.Text, deltas, r.Usage, diff)
	}
	same := `{"choices":[{"index":0,"message":{"content":"a"}},{"index":0,"message":{"content":"b"}},{"message":{"content":"c"}}]}`
	r, err = openai.Format.Decode([]byte(same))
	if err != nil || len(r.Choices) != 3 || r.Choices[1].Text != "b" || r.Choices[2].Text != "c" {
		t.Errorf("choices with one index: %+v, error %v", r, err)
	}
}

func TestStreamsKeepWhatIsOdd(t *testing.T) {
	call := []wire.ToolCall{{ID: "7", Name: "f", Arguments: `{"x":1}`}}
	tests := []struct {
		name   string
		f      wire.Format
		events []string
		want   wire.Response
	}{
		{"parts", openai.Format, []string{`{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}}]}`,
			`{"choices":[{"delta":{"content":[{"type":"text","text":"a"}],"reasoning_content":"m"}}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`},
			wire.Response{Text: "a", Reasoning: "hm", Finish: wire.FinishStop}},
		{"what keeps the connection alive", openai.Format, []string{``, ` `, `null`, `{}`, `{"choices":null}`, `{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`, ` [DONE] `},
			wire.Response{Text: "a", Finish: wire.FinishStop}},
		{"the whole message again at the end", openai.Format, []string{`{"choices":[{"delta":{"content":"a"}}]}`, `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`},
			wire.Response{Text: "a", Finish: wire.FinishStop}},
		{"only the whole message", openai.Format, []string{`{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`}, wire.Response{Text: "a", Finish: wire.FinishStop}},
		{"a call before tools", openai.Format, []string{`{"choices":[{"delta":{"function_call":{"name":"f","arguments":""}}}]}`, `{"choices":[{"delta":{"function_call":{"arguments":"{}"}},"finish_reason":"function_call"}]}`},
			wire.Response{ToolCalls: []wire.ToolCall{{Name: "f", Arguments: "{}"}}, Finish: wire.FinishTools}},
		{"arguments as an object", openai.Format, []string{`{"choices":[{"delta":{"tool_calls":[{"index":0,"id":7,"function":{"name":"f","arguments":{"x":1}}}]},"finish_reason":"tool_calls"}]}`},
			wire.Response{ToolCalls: call, Finish: wire.FinishTools}},
		{"a tool with its input at the start", anthropic.Format, []string{`{"type":"content_block_start","index":"1","content_block":{"type":"tool_use","id":7,"name":"f","input":{"x":1}}}`, `{"type":"message_delta","delta":{"stop_reason":"tool_use"}}`, `{"type":"message_stop"}`},
			wire.Response{ToolCalls: call, Finish: wire.FinishTools}},
		{"thinking and other deltas", anthropic.Format, []string{`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}`, `{"type":"new_event","x":[]}`, `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a"}}`,
			`{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"}}`, `[DONE]`},
			wire.Response{Text: "a", Reasoning: "hm", Finish: wire.FinishStop}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.f.Stream()
			for _, event := range tt.events {
				if _, _, err := s.Event("", []byte(event)); err != nil {
					t.Fatalf("%s: %v", event, err)
				}
			}
			if diff := cmp.Diff(&tt.want, s.Response(), onlySaid); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFailuresTellWhatCameAllTheSame(t *testing.T) {
	const usage = `"usage":{"prompt_tokens":12,"completion_tokens":5}`
	want := &budget.Usage{Input: 12, Output: 5}
	tests := []struct {
		name   string
		f      wire.Format
		body   string
		class  wire.Class
		text   string
		usage  *budget.Usage
		doubt  bool
		status int // of the answer, 0 is 200
	}{
		{"an error beside choices", openai.Format, `{"choices":[{"message":{"content":"ab"}}],"error":{"message":"x","code":502},` + usage + `}`, wire.Server, "ab", want, false, 0},
		{"an error in a choice", openai.Format, `{"choices":[{"message":{"content":"ab"},"finish_reason":"error","error":{"message":"x","code":502}}],` + usage + `}`, wire.Server, "ab", want, false, 0},
		{"an error in a choice that ends well", openai.Format, `{"choices":[{"message":{"content":"ab"},"finish_reason":"stop","error":{"message":"x","code":502}}]}`, wire.Server, "ab", nil, false, 0},
		{"an end with an error", openai.Format, `{"choices":[{"message":{"content":""},"finish_reason":"error"}],` + usage + `}`, wire.Server, "", want, false, 0},
		{"an error at the top", openai.Format, `{"object":"error","message":"Busy.","type":"InternalServerError","code":500}`, wire.Server, "", nil, false, 0},
		{"MiniMax's error", openai.Format, `{"choices":null,"base_resp":{"status_code":1008,"status_msg":"your credit balance is used up"}}`, wire.Quota, "", nil, false, 0},
		{"no choices", openai.Format, `{"id":"x",` + usage + `}`, wire.Garbled, "", want, false, 0},
		{"usage in the error", openai.Format, `{"error":{"message":"x",` + usage + `}}`, wire.Server, "", want, false, 0},
		{"cut after the usage", openai.Format, `{` + usage + `,"choices":[{"message":{"content":"ab`, wire.Garbled, "ab", want, true, 0},
		{"cut after an inner object", openai.Format, `{` + usage + `,"choices":[{"index":0,"message":{"content":"ab"}`, wire.Garbled, "ab", want, true, 0},
		{"cut in a figure", openai.Format, `{"choices":[{"message":{"content":"ab"}}],"usage":{"prompt_tokens":1`, wire.Garbled, "ab", nil, false, 0},
		{"another shape", openai.Format, `[` + usage[8:] + `]`, wire.Garbled, "", nil, false, 0},
		{"a status of its own", openai.Format, `{"error":{"message":"x"},` + usage + `}`, wire.Server, "", want, false, 500},
		{"a status and no usage", openai.Format, `{"error":{"message":"x"},"content":"page"}`, wire.Server, "", nil, false, 500},
		{"Anthropic's error", anthropic.Format, `{"type":"error","error":{"type":"api_error","message":"x"},"usage":{"input_tokens":12,"output_tokens":5}}`, wire.Server, "", want, false, 0},
		{"another type", anthropic.Format, `{"type":"none","usage":{"input_tokens":12,"output_tokens":5}}`, wire.Garbled, "", want, false, 0},
		{"a status of its own, Anthropic", anthropic.Format, `{"type":"error","error":{"type":"api_error","message":"x"},"usage":{"input_tokens":12,"output_tokens":5}}`, wire.Server, "", want, false, 529},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			if tt.status == 0 {
				_, err = tt.f.Decode([]byte(tt.body))
			} else {
				err = tt.f.DecodeError(tt.status, []byte(tt.body))
			}
			var e *wire.Error
			if !errors.As(err, &e) || e.Class != tt.class {
				t.Fatalf("error %v, want class %s", err, tt.class)
			}
			if e.Answer == nil {
				e.Answer = &wire.Response{}
			}
			if diff := cmp.Diff(tt.usage, figuresOf(e.Answer)); diff != "" || e.Answer.Text != tt.text || (usageOf(e.Answer).Doubt != "") != tt.doubt {
				t.Errorf("text %q, doubt %q, usage (-want +got):\n%s", e.Answer.Text, usageOf(e.Answer).Doubt, diff)
			}
			if tt.usage != nil && e.Unbilled() {
				t.Error("unbilled")
			}
		})
	}
}

func TestAnErrorInOneOfSeveralChoicesLosesNotTheOthers(t *testing.T) {
	r, err := openai.Format.Decode([]byte(`{"choices":[{"index":0,"finish_reason":"error","error":{"code":502}},{"index":1,"message":{"content":"b"},"finish_reason":"stop"}]}`))
	if err != nil || len(r.Choices) != 2 || r.Choices[0].Finish != "error" || r.Choices[1].Text != "b" {
		t.Errorf("%+v, error %v", r, err)
	}
}

func TestAnErrorInAStreamTellsWhatCameBefore(t *testing.T) {
	for name, tt := range map[string]struct {
		f      wire.Format
		events []string
	}{
		"OpenAI's":                     {openai.Format, []string{`{"choices":[{"delta":{"content":"ab"}}]}`, `{"error":{"message":"x","code":502}}`}},
		"in a choice":                  {openai.Format, []string{`{"choices":[{"delta":{"content":"a"}}]}`, `{"choices":[{"delta":{"content":"b"},"finish_reason":"error","error":{"message":"x"}}]}`}},
		"an end with an error":         {openai.Format, []string{`{"choices":[{"delta":{"content":"ab"}}]}`, `{"choices":[{"delta":{},"finish_reason":"error"}]}`}},
		"no JSON":                      {openai.Format, []string{`{"choices":[{"delta":{"content":"ab"}}]}`, `{"choices":[`}},
		"Anthropic's":                  {anthropic.Format, []string{`{"type":"content_block_delta","delta":{"text":"ab"}}`, `{"type":"error","error":{"type":"api_error"}}`}},
		"no JSON, Anthropic's":         {anthropic.Format, []string{`{"type":"content_block_delta","delta":{"text":"ab"}}`, `{"type":`}},
		"by the name of the event":     {openai.Format, []string{`{"choices":[{"delta":{"content":"ab"}}]}`, `{"message":"x"}`}},
		"by the name of the event too": {anthropic.Format, []string{`{"type":"content_block_delta","delta":{"text":"ab"}}`, `{"message":"x"}`}},
	} {
		s := tt.f.Stream()
		_, _, err := s.Event("", []byte(tt.events[0]))
		if err != nil {
			t.Fatal(err)
		}
		var e *wire.Error
		_, _, err = s.Event(map[bool]string{true: "error"}[strings.HasPrefix(name, "by")], []byte(tt.events[1]))
		if !errors.As(err, &e) || e.Answer == nil || e.Answer.Text != "ab" || e.Unbilled() {
			t.Errorf("%s: %+v", name, err)
			continue
		}
		if _, _, _ = s.Event("", []byte(`{"choices":[],"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"prompt_tokens":12,"completion_tokens":5}}`)); s.Response().Usage == nil {
			t.Errorf("%s: the usage after it is lost", name)
		}
	}
}

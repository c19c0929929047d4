package formats_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

func Example() {
	body, _ := openai.Format.Encode(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt("Say hello"), MaxOutput: 20})
	fmt.Println(string(body))

	// The door keeps what a foreign client wrote and lowers the cap only.
	r, _ := openai.Format.Parse([]byte(`{"model":"gpt-4o", "seed":7, "max_tokens":4096, "messages":[]}`))
	granted := *r
	granted.MaxOutput = 512
	body, _ = openai.Format.Encode(&granted)
	fmt.Println(string(body))
	// Output:
	// {"model":"gpt-4o","messages":[{"role":"user","content":"Say hello"}],"max_tokens":20}
	// {"model":"gpt-4o", "seed":7, "max_tokens":512, "messages":[]}
}

func conversation() *wire.Request {
	warm := 0.5
	return &wire.Request{
		Model: "m", MaxOutput: 100, Temperature: &warm, Stop: []string{"END"},
		Messages: []wire.Message{
			wire.Text(wire.System, "Be brief & <kind>."),
			wire.Text(wire.User, "Weather and time?"),
			{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(wire.ToolCall{ID: "a", Name: "weather", Arguments: `{"city":"Bern"}`}), wire.CallPart(wire.ToolCall{ID: "b", Name: "time"})}},
			wire.ToolResult("a", "rain"),
			wire.ToolResult("b", "noon"),
		},
		Tools:  []wire.Tool{{Name: "weather", Description: "The weather.", Schema: json.RawMessage(`{"type":"object"}`)}, {Name: "time"}},
		Schema: json.RawMessage(`{"type":"object"}`),
	}
}

// conversationIn is a conversation without what a format cannot say.
func conversationIn(f wire.Format) *wire.Request {
	r := conversation()
	if f == responses.Format {
		r.Stop = nil
	}
	return r
}

func TestEncodeWritesARequest(t *testing.T) {
	streamed := conversation()
	streamed.OnDelta = func(wire.Delta) {}
	tests := []struct {
		name   string
		format wire.Format
		r      *wire.Request
		want   string
	}{
		{"plain", openai.Format, conversation(), `{"model":"m","messages":[
			{"role":"system","content":"Be brief & <kind>."},{"role":"user","content":"Weather and time?"},
			{"role":"assistant","content":"","tool_calls":[
				{"id":"a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"}},
				{"id":"b","type":"function","function":{"name":"time","arguments":""}}]},
			{"role":"tool","content":"rain","tool_call_id":"a"},{"role":"tool","content":"noon","tool_call_id":"b"}],
			"tools":[{"type":"function","function":{"name":"weather","description":"The weather.","parameters":{"type":"object"}}},
				{"type":"function","function":{"name":"time"}}],
			"response_format":{"json_schema":{"name":"answer","schema":{"type":"object"},"strict":true},"type":"json_schema"},
			"temperature":0.5,"stop":["END"],"max_tokens":100}`},
		{"stream", openai.Format, &wire.Request{Model: "m", Messages: wire.Prompt("a"), Choices: 2, OnDelta: streamed.OnDelta},
			`{"model":"m","messages":[{"role":"user","content":"a"}],"n":2,"stream":true,"stream_options":{"include_usage":true}}`},
		{"plain", responses.Format, conversationIn(responses.Format), `{"model":"m","input":[
			{"role":"system","content":"Be brief & <kind>."},{"role":"user","content":"Weather and time?"},
			{"type":"function_call","call_id":"a","name":"weather","arguments":"{\"city\":\"Bern\"}"},
			{"type":"function_call","call_id":"b","name":"time","arguments":""},
			{"type":"function_call_output","call_id":"a","output":"rain"},{"type":"function_call_output","call_id":"b","output":"noon"}],
			"tools":[{"type":"function","name":"weather","description":"The weather.","parameters":{"type":"object"},"strict":false},
				{"type":"function","name":"time","parameters":null,"strict":false}],
			"text":{"format":{"name":"answer","schema":{"type":"object"},"strict":true,"type":"json_schema"}},
			"temperature":0.5,"max_output_tokens":100,"store":false}`},
		{"stream", responses.Format, &wire.Request{Model: "m", Messages: wire.Prompt("a"), OnDelta: streamed.OnDelta},
			`{"model":"m","input":[{"role":"user","content":"a"}],"store":false,"stream":true}`},
		{"plain", anthropic.Format, conversation(), `{"model":"m","max_tokens":100,"system":"Be brief & <kind>.","messages":[
			{"role":"user","content":[{"type":"text","text":"Weather and time?"}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"weather","input":{"city":"Bern"}},
				{"type":"tool_use","id":"b","name":"time","input":{}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"rain"},
				{"type":"tool_result","tool_use_id":"b","content":"noon"}]}],
			"tools":[{"name":"weather","description":"The weather.","input_schema":{"type":"object"}},
				{"name":"time","input_schema":{"type":"object"}}],
			"output_config":{"format":{"schema":{"type":"object"},"type":"json_schema"}},
			"temperature":0.5,"stop_sequences":["END"]}`},
		{"stream", anthropic.Format, &wire.Request{Model: "m", Messages: wire.Prompt("a"), MaxOutput: 5, OnDelta: streamed.OnDelta},
			`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"stream":true}`},
	}
	for _, tt := range tests {
		t.Run(tt.format.Name()+"/"+tt.name, func(t *testing.T) {
			got, err := tt.format.Encode(tt.r)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.NewReplacer("\n", "", "\t", "").Replace(tt.want)
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncodeAndParseAgree(t *testing.T) {
	for _, f := range formats.All() {
		if f == embeddings.Format {
			continue // has no conversations
		}
		body, err := f.Encode(conversationIn(f))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		want := conversation()
		if diff := cmp.Diff(want.Messages[:2], got.Messages[:2]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name(), diff)
		}
		var calls []wire.ToolCall // of one message, or of one each
		for i := range got.Messages {
			calls = append(calls, got.Messages[i].Calls()...)
		}
		last := got.Messages[len(got.Messages)-2:]
		if last[0].Text() != "rain" || last[1].Parts[0].CallID != "b" || len(calls) != 2 || calls[0] != want.Messages[2].Calls()[0] {
			t.Errorf("%s: messages %+v", f.Name(), got.Messages)
		}
		if got.MaxOutput != 100 || len(got.Tools) != 2 || got.Schema == nil || *got.Temperature != 0.5 || !slices.Equal(got.Stop, conversationIn(f).Stop) {
			t.Errorf("%s: %+v", f.Name(), got)
		}
	}
}

func TestEncodeRefusesWhatTheFormatCannotSay(t *testing.T) {
	for name, r := range map[string]*wire.Request{
		"output cap": {Model: "m", Messages: wire.Prompt("a")},
		"one answer": {Model: "m", Messages: wire.Prompt("a"), MaxOutput: 1, Choices: 2},
		"no JSON": {Model: "m", MaxOutput: 1, Messages: []wire.Message{
			{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(wire.ToolCall{Name: "f", Arguments: "{"})}}}},
	} {
		if _, err := anthropic.Format.Encode(r); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range []wire.Format{openai.Format, responses.Format} {
		if _, err := f.Encode(&wire.Request{Model: "m", Schema: json.RawMessage("{")}); err == nil {
			t.Errorf("%s: a schema that is no JSON was encoded", f.Name())
		}
	}
	for name, r := range map[string]*wire.Request{"one answer": {Choices: 2}, "words to stop at": {Stop: []string{"END"}}} {
		if _, err := responses.Format.Encode(r); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := embeddings.Format.Encode(conversation()); err == nil {
		t.Error("embeddings of a conversation were encoded")
	}
}

func TestTheCapGoesIntoTheFieldThatTheModelKnows(t *testing.T) {
	for model, want := range map[string]string{
		"gpt-4o": "max_tokens", "gpt-4.1-mini": "max_tokens", "gpt-3.5-turbo": "max_tokens", "llama3.1": "max_tokens",
		"gpt-oss-20b": "max_tokens", "olmo-2": "max_tokens", "openchat": "max_tokens", "": "max_tokens",
		"o1": "max_completion_tokens", "o3-mini": "max_completion_tokens", "openai/o4-mini": "max_completion_tokens",
		"gpt-5": "max_completion_tokens", "GPT-5.1-nano": "max_completion_tokens", "gpt-10": "max_completion_tokens",
	} {
		body, err := openai.Format.Encode(&wire.Request{Model: model, MaxOutput: 7})
		if err != nil || !strings.Contains(string(body), `"`+want+`":7`) {
			t.Errorf("%s: %s, error %v", model, body, err)
		}
	}
}

func TestEncodeOfAParsedBodyChangesOnlyWhatItMust(t *testing.T) {
	tests := []struct {
		name       string
		format     wire.Format
		body, want string
		grant      int64 // 0 leaves the cap
	}{
		{"nothing to change", openai.Format, ` {"model" : "gpt-4o", "x":[1,{"y":null}] , "messages":[]} `, "", 0},
		{"cap lowered", openai.Format, `{"max_tokens": 900 ,"model":"gpt-4o","x":"}"}`, `{"max_tokens": 100 ,"model":"gpt-4o","x":"}"}`, 100},
		{"cap added", openai.Format, `{"model":"gpt-4o" }`, `{"model":"gpt-4o","max_tokens":100 }`, 100},
		{"cap added for a reasoning model", openai.Format, `{"model":"o3"}`, `{"model":"o3","max_completion_tokens":100}`, 100},
		{"null is no cap", openai.Format, `{"model":"gpt-4o","max_tokens":null}`, `{"model":"gpt-4o","max_tokens":100}`, 100},
		{"zero is no cap", openai.Format, `{"model":"gpt-4o","max_tokens":0}`, `{"model":"gpt-4o","max_tokens":100}`, 100},
		{"zero is no cap", anthropic.Format, `{"model":"claude-sonnet-4-5","max_tokens":0}`, `{"model":"claude-sonnet-4-5","max_tokens":100}`, 100},
		{"the client's field", openai.Format, `{"model":"gpt-4o","max_completion_tokens":900}`, `{"model":"gpt-4o","max_completion_tokens":100}`, 100},
		{"both fields", openai.Format, `{"model":"m","max_tokens":50,"max_completion_tokens":900}`, `{"model":"m","max_tokens":50,"max_completion_tokens":100}`, 100},
		{"a lower cap stays", openai.Format, `{"model":"m","max_tokens":50}`, "", 100},
		{"usage in a stream", openai.Format, `{"model":"m","stream":true}`, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, 0},
		{"other stream options stay", openai.Format, `{"model":"m","stream":true,"stream_options": {"include_obfuscation":false}}`,
			`{"model":"m","stream":true,"stream_options": {"include_obfuscation":false,"include_usage":true}}`, 0},
		{"usage refused", openai.Format, `{"stream_options":{"include_usage":false},"model":"m","stream":true}`,
			`{"stream_options":{"include_usage":true},"model":"m","stream":true}`, 0},
		{"empty stream options", openai.Format, `{"stream_options":{},"model":"m","stream":true}`,
			`{"stream_options":{"include_usage":true},"model":"m","stream":true}`, 0},
		{"usage asked for", openai.Format, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, "", 0},
		{"a key in disguise", openai.Format, `{"model":"m","max\u005ftokens":900}`, `{"model":"m","max\u005ftokens":100}`, 100},
		{"cap lowered", anthropic.Format, `{"model":"c","max_tokens":900,"thinking":{"type":"adaptive"}}`, `{"model":"c","max_tokens":100,"thinking":{"type":"adaptive"}}`, 100},
		{"stream", anthropic.Format, `{"model":"c","max_tokens":9,"stream":true}`, "", 9},
		{"cap lowered", responses.Format, `{"model":"m","max_output_tokens": 900 ,"input":"a"}`, `{"model":"m","max_output_tokens": 100 ,"input":"a"}`, 100},
		{"cap added", responses.Format, `{"model":"o3","input":"a"}`, `{"model":"o3","input":"a","max_output_tokens":100}`, 100},
		{"null is no cap", responses.Format, `{"model":"m","max_output_tokens":null}`, `{"model":"m","max_output_tokens":100}`, 100},
		{"stream", responses.Format, `{"model":"m","stream":true,"stream_options":{"include_obfuscation":false},"max_output_tokens":9}`, "", 100},
		{"a key in disguise", responses.Format, `{"model":"m","max\u005foutput_tokens":900}`, `{"model":"m","max\u005foutput_tokens":100}`, 100},
		{"nothing to change", embeddings.Format, ` {"model" : "m", "input":[ 1,2 ], "dimensions":5, "max_tokens":7} `, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.format.Name()+"/"+tt.name, func(t *testing.T) {
			r, err := tt.format.Parse([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.grant > 0 {
				r.MaxOutput = tt.grant
			}
			got, err := tt.format.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				tt.want = tt.body
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestEncodeFollowsAMiddlewareThatChoseAnotherModel(t *testing.T) {
	for _, f := range formats.All() {
		r, err := f.Parse([]byte(`{"model":"big","max_tokens":5}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Model = "small"
		if got, err := f.Encode(r); err != nil || string(got) != `{"model":"small","max_tokens":5}` {
			t.Errorf("%s: %s, error %v", f.Name(), got, err)
		}
	}
}

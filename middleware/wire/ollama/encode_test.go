package ollama_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
)

func TestEncodeWritesAChat(t *testing.T) {
	call := wire.ToolCall{ID: "call_1", Name: "weather", Arguments: `{"city":"Bern"}`}
	conversation := []wire.Message{
		wire.Text(wire.System, "Be brief."),
		{Role: wire.User, Parts: []wire.Part{wire.TextPart("Look."), wire.ImagePart("image/png", []byte("png"))}},
		{Role: wire.Assistant, Parts: []wire.Part{wire.ThinkingPart("hm", ""), wire.CallPart(call)}},
		wire.ToolResult("call_1", "rain"),
	}
	tests := map[string]struct {
		request wire.Request
		want    string
	}{
		"a prompt": {wire.Request{Model: "llama3.2", Messages: wire.Prompt("hi"), MaxOutput: 9},
			`{"model":"llama3.2","messages":[{"role":"user","content":"hi"}],"stream":false,"options":{"num_predict":9}}`},
		"a stream": {wire.Request{Model: "llama3.2", Messages: wire.Prompt("hi"), OnDelta: func(wire.Delta) {}},
			`{"model":"llama3.2","messages":[{"role":"user","content":"hi"}],"stream":true}`},
		"parameters": {wire.Request{Model: "m", Messages: wire.Prompt("hi"), Temperature: new(.5), Seed: new(int64(7)), Stop: []string{"END"},
			Schema: json.RawMessage(`{"type":"object"}`), Tier: budget.Tier{Service: budget.StandardService}},
			`{"model":"m","messages":[{"role":"user","content":"hi"}],"format":{"type":"object"},"stream":false,
			"options":{"temperature":0.5,"seed":7,"stop":["END"]}}`},
		"a conversation": {wire.Request{Model: "m", Messages: conversation, Tools: []wire.Tool{{Name: "weather", Description: "of today", Schema: json.RawMessage(`{}`)}}},
			`{"model":"m","messages":[{"role":"system","content":"Be brief."},
			{"role":"user","content":"Look.","images":["cG5n"]},
			{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"call_1","function":{"name":"weather","arguments":{"city":"Bern"}}}]},
			{"role":"tool","content":"rain","tool_name":"weather","tool_call_id":"call_1"}],
			"tools":[{"type":"function","function":{"name":"weather","description":"of today","parameters":{}}}],"stream":false}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body, err := ollama.Format.Encode(&tt.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(values(t, tt.want), values(t, string(body))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := ollama.Format.Parse(body); err != nil {
				t.Errorf("it is not read: %v", err)
			}
		})
	}
}

func values(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEncodeSaysWhatOllamaHasNot(t *testing.T) {
	for want, r := range map[string]wire.Request{
		"one choice":                  {Choices: 2},
		"no output cap of 0":          {MaxOutput: wire.NoOutput},
		"no tiers":                    {Tier: budget.Tier{Service: "priority"}},
		"message 0: an image goes to": {Messages: []wire.Message{{Role: wire.User, Parts: []wire.Part{wire.ImageURLPart("https://example.com/a.png")}}}},
		"are no JSON":                 {Messages: []wire.Message{{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(wire.ToolCall{Name: "f", Arguments: "{"})}}}},
	} {
		if _, err := ollama.Format.Encode(&r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

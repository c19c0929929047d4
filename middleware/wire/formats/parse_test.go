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
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
)

func TestParseReadsWhatIsCharged(t *testing.T) {
	tests := []struct {
		name   string
		format wire.Format
		body   string
		check  func(*wire.Request) bool
	}{
		{"text parts", openai.Format, `"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`,
			func(r *wire.Request) bool { return r.Messages[0].Text() == "a\nb" && r.Body.Unseen == "" }},
		{"image", openai.Format, `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]}]`,
			images(wire.Image{Detail: "low"})},
		{"image without a place", openai.Format, `"messages":[{"role":"user","content":[{"type":"image_url"}]}]`, images(wire.Image{})},
		{"image as a string", openai.Format, `"messages":[{"role":"user","content":[{"type":"image_url","image_url":"https://example.com/a.png"}]}]`,
			images(wire.Image{})},
		{"recording", openai.Format, `"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA"}}]}]`, unseen("input_audio")},
		{"file", openai.Format, `"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"AAAA"}}]}]`, unseen("file")},
		{"history", openai.Format, `"previous_response_id":"r1"`, unseen("previous_response_id")},
		{"absent history", openai.Format, `"previous_response_id":null`, unseen("")},
		{"the provider's tool", openai.Format, `"tools":[{"type":"web_search"}]`, unseen("tool web_search")},
		{"custom tool", openai.Format, `"tools":[{"type":"custom","custom":{"name":"sql","format":{"type":"text"}}}]`,
			func(r *wire.Request) bool {
				return r.Tools[0].Name == "sql" && r.Tools[0].Schema != nil && r.Body.Unseen == ""
			}},
		{"functions", openai.Format, `"functions":[{"name":"f","parameters":{}}]`, func(r *wire.Request) bool { return r.Tools[0].Name == "f" }},
		{"reasoning of before", openai.Format, `"messages":[{"role":"assistant","content":"a","reasoning_content":"why"}]`,
			func(r *wire.Request) bool { return r.Messages[0].Text() == "a\nwhy" }},
		{"function call", openai.Format, `"messages":[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}]`,
			func(r *wire.Request) bool {
				return r.Messages[0].Calls()[0] == wire.ToolCall{Name: "f", Arguments: "{}"}
			}},
		{"custom tool call", openai.Format, `"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{"name":"sql","input":"select 1"}}]}]`,
			func(r *wire.Request) bool {
				return r.Messages[0].Calls()[0] == wire.ToolCall{ID: "a", Name: "sql", Arguments: "select 1"}
			}},
		{"spoken history", openai.Format, `"messages":[{"role":"assistant","audio":{"id":"x"}}]`, unseen("audio")},
		{"choices", openai.Format, `"n":3`, func(r *wire.Request) bool { return r.Choices == 3 }},
		{"one stop", openai.Format, `"stop":"x"`, func(r *wire.Request) bool { return r.Stop[0] == "x" }},
		{"usage asked for", openai.Format, `"stream":true,"stream_options":{"include_usage":true}`,
			func(r *wire.Request) bool { return r.Body.Stream && r.Body.Usage }},
		{"system blocks", anthropic.Format, `"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]`,
			func(r *wire.Request) bool { return r.Messages[0].Role == wire.System && r.CacheWrite }},
		{"a word is no cache", anthropic.Format, `"system":"\"cache_control\""`, func(r *wire.Request) bool { return !r.CacheWrite }},
		{"thinking of before", anthropic.Format, `"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"why","signature":"s"}]}]`,
			func(r *wire.Request) bool { return r.Messages[0].Text() == "why" }},
		{"image in a tool's answer", anthropic.Format,
			`"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}]`, images(wire.Image{})},
		{"image in a file", anthropic.Format, `"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]`,
			images(wire.Image{})},
		{"document", anthropic.Format, `"messages":[{"role":"user","content":[{"type":"document"},{"type":"text","text":"a"}]}]`, unseen("document")},
		{"the provider's tool", anthropic.Format, `"tools":[{"type":"web_search_20250305","name":"web_search"}]`, unseen("tool web_search_20250305")},
		{"compaction", anthropic.Format, `"context_management":{"edits":[{"type":"compact_20260112"}]}`, unseen("compaction")},
		{"clearing is free", anthropic.Format, `"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]}`, unseen("")},
	}
	for _, tt := range tests {
		t.Run(tt.format.Name()+"/"+tt.name, func(t *testing.T) {
			r, err := tt.format.Parse([]byte(`{"model":"m",` + tt.body + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(r) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func unseen(what string) func(*wire.Request) bool {
	return func(r *wire.Request) bool { return r.Body.Unseen == what }
}

func images(want ...wire.Image) func(*wire.Request) bool {
	return func(r *wire.Request) bool { return slices.Equal(r.Body.Images, want) && r.Body.Unseen == "" }
}

func TestParseRefusesWithThePlace(t *testing.T) {
	for body, want := range map[string]string{
		``:                                  "no JSON at byte 0",
		`{"model":"m",}`:                    "no JSON at byte 14",
		`{"model":"m"} x`:                   "no JSON at byte 15",
		`[]`:                                "want an object",
		`{}`:                                "model: missing",
		`{"model":7}`:                       "model: want a string",
		`{"model":"m","model":"n"}`:         `key "model" is there twice`,
		`{"model":"m","max_tokens":"9"}`:    "max_tokens: want a whole number",
		`{"model":"m","max_tokens":-9}`:     "max_tokens: want a whole number",
		`{"model":"m","max_tokens":1e3}`:    "max_tokens: want a whole number",
		`{"model":"m","messages":{}}`:       "messages: want a list",
		`{"model":"m","messages":[{},"x"]}`: "messages[1]: want an object",
		`{"model":"m","messages":[{"role":"user","content":7}]}`:              "messages[0]: content: want a string",
		`{"model":"m","messages":[{"role":"user","content":[{"type":7}]}]}`:   "messages[0]: content[0]: type",
		`{"model":"m","messages":[{"role":"user","content":"a","role":"b"}]}`: "messages[0]: key",
		`{"model":"m",` + strings.Join(manyKeys(40), ",") + `,"key7":1}`:      `key "key7" is there twice`,
		strings.Repeat("[", 20_000):                                           "no JSON",
	} {
		list := formats.All()
		if strings.Contains(body, "messages") || strings.Contains(body, "max_tokens") {
			list = []wire.Format{openai.Format, anthropic.Format}
		}
		for _, f := range list {
			_, err := f.Parse([]byte(body))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %.60s: %v", f.Name(), body, err)
			}
		}
	}
	if _, err := openai.Format.Parse([]byte(`{"model":"m","n":100000}`)); err == nil {
		t.Error("a hundred thousand answers were accepted")
	}
}

// manyKeys are members of an object.
func manyKeys(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(`"key%d":0`, i))
	}
	return all
}

func FuzzParse(f *testing.F) {
	for _, format := range formats.All() {
		if body, err := format.Encode(conversationIn(format)); err == nil {
			f.Add(body, int64(10))
		}
	}
	f.Add(golden(f, "responses/codex.json"), int64(7))
	f.Add([]byte(`{"model":"m","input":[[1,2],"a",{}],"dimensions":5,"encoding_format":"base64"}`), int64(3))
	f.Add([]byte(`{"model":"m","stream":true,"stream_options":{"x":1},"max_tokens":null,"seed":1e-5,"y":[{}]}`), int64(3))
	f.Fuzz(func(t *testing.T, body []byte, grant int64) {
		for _, format := range formats.All() {
			r, err := format.Parse(body)
			if err != nil {
				continue
			}
			if r.MaxOutput != wire.NoOutput {
				r.MaxOutput = max(1, grant)
			}
			got, err := format.Encode(r)
			if err != nil {
				continue // stream_options may be no object
			}
			again, err := format.Parse(got)
			if err != nil {
				t.Fatalf("%s cannot be parsed again: %v", got, err)
			}
			if again.MaxOutput < 1 && again.MaxOutput != r.MaxOutput || again.MaxOutput > r.MaxOutput {
				t.Errorf("granted %d, sent %d", r.MaxOutput, again.MaxOutput)
			}
			if diff := cmp.Diff(others(t, body), others(t, got)); diff != "" {
				t.Errorf("other fields changed:\n%s", diff)
			}
		}
	})
}

// others returns what a body holds besides the fields that may change.
func others(t *testing.T, body []byte) map[string]json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"max_tokens", "max_completion_tokens", "max_output_tokens", "stream_options"} {
		delete(all, key)
	}
	return all
}

// TestAnImageAloneIsAMessage: what stands around a message counts, also of one that says nothing; a turn that only brings
// tools' answers is none.
func TestAnImageAloneIsAMessage(t *testing.T) {
	image := `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}`
	for content, want := range map[string]int{
		image:                            1,
		image + `,` + image:              1,
		`{"type":"text","text":"Look."}`: 1,
		`{"type":"text","text":"Look."},` + image:                          1,
		`{"type":"tool_result","tool_use_id":"t","content":"42"}`:          1,
		`{"type":"tool_result","tool_use_id":"t","content":"42"},` + image: 2,
	} {
		r, err := anthropic.Format.Parse([]byte(`{"model":"claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":[` + content + `]}]}`))
		if err != nil || len(r.Messages) != want {
			t.Errorf("%s: %v, %v, want %d messages", content, r, err, want)
		}
	}
}

package formats_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// A body says by what is in it whose request it is; the model decides only where it fits two.
func TestParseAnyKnowsTheShape(t *testing.T) {
	const hi = `"messages":[{"role":"user","content":"hi"}]`
	for _, tt := range []struct{ body, model, shape string }{
		{`{` + hi + `}`, "", "openai"},
		{`{` + hi + `}`, "claude-sonnet-4-5", "anthropic"},
		{`{"model":"claude-sonnet-4-5",` + hi + `}`, "", "anthropic"},
		{`{"model":"claude-sonnet-4-5",` + hi + `}`, "gpt-4o", "openai"},
		{`{"anthropic_version":"bedrock-2023-05-31",` + hi + `}`, "", "anthropic"},
		{`{"model":"my-alias","system":"s",` + hi + `}`, "", "anthropic"},
		{`{"model":"deepseek-chat","stop_sequences":["s"],` + hi + `}`, "", "anthropic"},
		{`{"tools":[{"name":"f","input_schema":{}}],` + hi + `}`, "gpt-4o", "anthropic"},
		{`{"messages":[{"role":"assistant","content":[{"type":"tool_use","name":"f"}]}]}`, "gpt-4o", "anthropic"},
		{`{"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}`, "gpt-4o", "anthropic"},
		{`{"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}`, "gpt-4o", "anthropic"},
		{`{"response_format":{"type":"text"},` + hi + `}`, "claude-sonnet-4-5", "openai"},
		{`{"tools":[{"type":"function","function":{"name":"f"}}],` + hi + `}`, "claude-sonnet-4-5", "openai"},
		{`{"messages":[{"role":"assistant","tool_calls":[]}]}`, "claude-sonnet-4-5", "openai"},
		{`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`, "claude-sonnet-4-5", "openai"},
		{`{"messages":[{"role":"developer","content":"s"}]}`, "claude-sonnet-4-5", "openai"},
		{`{"system":"s","response_format":{"type":"text"},` + hi + `}`, "gpt-4o", "openai"},
		{`{"system":"s","response_format":{"type":"text"},` + hi + `}`, "claude-sonnet-4-5", "anthropic"},
		{`{"contents":[{"parts":[{"text":"hi"}]}],"messages":null}`, "", "gemini"},
		{`{"generateContentRequest":{"model":"models/gemini-2.5-pro","contents":[{"parts":[{"text":"hi"}]}]}}`, "", "gemini"},
		{`{"generate_content_request":{"contents":[{"parts":[{"text":"hi"}]}]}}`, "", "gemini"},
		{`{"model":"gpt-4o","input":"hi"}`, "", "responses"},
		{`{"instructions":"s","input":[{"role":"user","content":"hi"}]}`, "", "responses"},
		{`{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o",` + hi + `}}`, "", "openai"},
		{`{"custom_id":"a","body":{"model":"gpt-4o","input":"hi"}}`, "", "responses"},
		{`{"custom_id":"a","params":{"model":"claude-sonnet-4-5",` + hi + `}}`, "", "anthropic"},
		{"\ufeff " + `{` + hi + `}`, "", "openai"},
	} {
		r, shape, err := formats.ParseAny([]byte(tt.body), tt.model)
		if err != nil || shape != tt.shape || tt.model != "" && r.Model != tt.model {
			t.Errorf("%s as %q: %s, error %v, want %s", tt.body, tt.model, shape, err, tt.shape)
		}
	}
}

func TestParseAnySaysWhyATextIsNoRequest(t *testing.T) {
	for body, want := range map[string]string{
		"":                        "",
		"Say hello":               "",
		"[a link](there)":         "",
		"[1] a note":              "",
		"{braces}":                "",
		`"a string"`:              "",
		"17":                      "",
		`{"a":1}`:                 "it is a JSON object without messages, contents or input",
		`{"model":17}`:            "it is a JSON object without messages, contents or input",
		`{"contents":{"a":1}}`:    "its contents are no list",
		`{"contents":"hi"}`:       "its contents are no list",
		`{"messages":"hi"}`:       "its messages are no list",
		`{"messages":null}`:       "it is a JSON object without messages, contents or input",
		`{"input":"a","label":1}`: "it has an input but no model",
		`{"custom_id":"a","body":{"prompt":"a"}}`:    "it is a JSON object without messages, contents or input",
		`[{"role":"user","content":"hi"}]`:           "it is a JSON list, not an object",
		"{\"messages\":[{\"role\":\"us\n":            "it looks like JSON, but is cut off",
		`{"messages":[{"role":"user"`:                "it looks like JSON, but is cut off",
		`{"messages":[]} and`:                        "it is JSON up to byte 15, then something else",
		`{"messages":[],}`:                           "it looks like JSON, but is not at byte 16",
		`{"messages":[]}` + "\n" + `{"messages":[]}`: "it has more than one JSON value",
	} {
		_, _, err := formats.ParseAny([]byte(body), "")
		var none *formats.NoRequestError
		if !errors.As(err, &none) || none.Reason != want || none.Several != strings.Contains(want, "more than") {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func TestParseAnyRefusesARequestThatIsWrong(t *testing.T) {
	for body, want := range map[string]string{
		`{"model":17,"messages":[]}`:                                "model: want a string",
		`{"messages":[],"messages":[]}`:                             `key "messages" is there twice`,
		`{"messages":["hi"]}`:                                       "messages[0]: want an object",
		`{"custom_id":"a","body":{"messages":[7]}}`:                 "body: messages[0]: want an object",
		`{"messages":[],"a":"` + strings.Repeat("a", 32<<20):        "",
		`{"messages":[],"a":"` + strings.Repeat("a", 32<<20) + `"}`: "more than the 33554432 that are read",
		`{"model":"m","input":[7]}`:                                 "input[0]: want an object or a string",
	} {
		_, _, err := formats.ParseAny([]byte(body), "")
		if none := new(formats.NoRequestError); want != "" && (errors.As(err, &none) || !strings.Contains(err.Error(), want)) || err == nil {
			t.Errorf("%.80s: %v", body, err)
		}
	}
}

// Converse, of Bedrock, has parts that say by their key what they are.
func TestParseAnyReadsTextsWithoutAType(t *testing.T) {
	for _, model := range []string{"claude-sonnet-4-5", "gpt-4o"} {
		body := `{"system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"hi"},{"text":"you","title":"there"}]}]}`
		r, _, err := formats.ParseAny([]byte(body), model)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Messages) != 2 || r.Messages[0].Text() != "Be brief." || r.Messages[1].Text() != "hi\nyou" || r.Body.Unseen != "" ||
			len(r.Body.Extra) != 1 || r.Body.Extra[0] != "there" {
			t.Errorf("%s: %+v", model, r)
		}
		r, _, err = formats.ParseAny([]byte(`{"messages":[{"role":"user","content":[{"document":{"name":"a"}}]}]}`), model)
		if err != nil || r.Body.Unseen == "" {
			t.Errorf("%s: %+v, error %v", model, r, err)
		}
	}
}

func TestParseAnyReadsResponses(t *testing.T) {
	const schema = `{"type":"json_schema","name":"a","schema":{"type":"object"}}`
	body := `{"model":"gpt-4o","instructions":"Be brief.","max_output_tokens":9,"temperature":0.5,"input":[
		{"role":"user","content":"hi"},
		{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","detail":"low","image_url":"https://example.com/a.png"}]},
		{"type":"reasoning","summary":[{"type":"summary_text","text":"why"}],"encrypted_content":"AAAAAAAA"},
		{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
		{"type":"function_call_output","call_id":"c","output":"rain"},
		{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"sun"}]}],
		"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true}],
		"text":{"format":` + schema + `,"verbosity":"low"},"reasoning":{"effort":"low"},"include":["x"],"unheard_of":"text"}`
	r, shape, err := formats.ParseAny([]byte(body), "")
	if err != nil || shape != "responses" {
		t.Fatal(shape, err)
	}
	var said []string
	for _, m := range r.Messages {
		said = append(said, m.Role+":"+m.Text())
	}
	if got := strings.Join(said, " "); got != "system:Be brief. user:hi user:a assistant: tool:rain tool:sun" {
		t.Error(got)
	}
	call := wire.ToolCall{ID: "c", Name: "f", Arguments: "{}"}
	switch {
	case r.Messages[3].Calls()[0] != call, r.Messages[4].Parts[0].CallID != "c":
		t.Errorf("calls %+v", r.Messages)
	case len(r.Body.Images) != 1 || r.Body.Images[0].Detail != "low":
		t.Errorf("images %+v", r.Body.Images)
	case len(r.Tools) != 1 || r.Tools[0].Name != "f" || r.Tools[0].Schema == nil || string(r.Schema) != schema:
		t.Errorf("tools %+v, schema %s", r.Tools, r.Schema)
	case len(r.Body.Extra) != 2 || r.Body.Extra[0] != "text" || r.Body.Hidden < 6 || r.Body.Unseen != "" || r.MaxOutput != 9:
		t.Errorf("%+v", r)
	}
	for body, want := range map[string]string{
		`"previous_response_id":"r"`: "previous_response_id", `"tools":[{"type":"web_search"}]`: "tool web_search",
		`"input":[{"type":"item_reference","id":"a"}]`: "item_reference", `"prompt":{"id":"p"}`: "prompt",
	} {
		if !strings.Contains(body, "input") {
			body += `,"input":"hi"`
		}
		if r, _, err := formats.ParseAny([]byte(`{"model":"m",`+body+`}`), ""); err != nil || r.Body.Unseen != want {
			t.Errorf("%s: %+v, error %v", body, r, err)
		}
	}
}

package count_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// Whatever key a text is under, no bound leaves it out, and no count that guesses what becomes of it is exact.
func TestNoTextIsLeftOut(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("word ", 500))
	for _, tt := range []struct {
		name   string
		format wire.Format
		body   string // %q is the text
	}{
		{"system of Anthropic's", openai.Format, `"system":%q`},
		{"system in blocks", openai.Format, `"system":[{"type":"text","text":%q}]`},
		{"instructions", openai.Format, `"instructions":%q`},
		{"documents", openai.Format, `"documents":[{"title":"a","text":%q}]`},
		{"input", openai.Format, `"input":%q`},
		{"any key", openai.Format, `"guided_regex":%q`},
		{"a key in a message", openai.Format, `"messages":[{"role":"user","content":"hi","parts":[{"text":%q}]}]`},
		{"reasoning in blocks", openai.Format, `"messages":[{"role":"assistant","content":"hi","reasoning":[{"text":%q}]}]`},
		{"a key in a function", openai.Format, `"tools":[{"type":"function","function":{"name":"f","input_schema":{"description":%q}}}]`},
		{"a note in a text", openai.Format, `"messages":[{"role":"user","content":[{"type":"text","text":"hi","note":%q}]}]`},
		{"a key around a function", openai.Format, `"tools":[{"type":"function","description":%q,"function":{"name":"f"}}]`},
		{"format of a function", openai.Format, `"tools":[{"type":"function","function":{"name":"f","format":%q}}]`},
		{"extra content of a call", openai.Format, `"messages":[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"},"extra_content":{"a":%q}}]}]`},
		{"schema beside its wrapper", openai.Format, `"response_format":{"type":"json_schema","json_schema":{"name":"a"},"schema":{"description":%q}}`},
		{"two schemas", anthropic.Format, `"output_format":{"type":"json_schema","schema":{"description":%q}},"output_config":{"format":{"type":"json_schema"}}`},
		{"schema without a wrapper", openai.Format, `"response_format":{"type":"json_object","schema":{"description":%q}}`},
		{"schema of a claude", openai.Format, `"model":"claude-sonnet-4-5","response_format":{"type":"json_schema","json_schema":{"schema":{"description":%q}}}`},
		{"schema of OpenAI's", anthropic.Format, `"response_format":{"type":"json_schema","json_schema":{"schema":{"description":%q}}}`},
		{"calls of OpenAI's", anthropic.Format, `"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":%q}}]}]`},
		{"functions of OpenAI's", anthropic.Format, `"functions":[{"name":"f","description":%q}]`},
		{"examples of a tool", anthropic.Format, `"tools":[{"name":"f","input_examples":[{"a":%q}]}]`},
	} {
		body := fmt.Sprintf("{"+tt.body+"}", text)
		if !strings.Contains(body, `"model"`) {
			body = `{"model":"gpt-4o",` + body[1:]
		}
		r, err := tt.format.Parse([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if n := count.Of(r); n.Certainty != tokenizer.Estimate || n.Tokens < 500 || n.Margin == 0 {
			t.Errorf("%s, %s: %+v", tt.format.Name(), tt.name, n)
		}
	}
	for _, body := range []string{`"prompt":%q`, `"config":{"systemInstruction":%q}`, `"contents":[{"role":"user","text":%q}]`} {
		r, err := gemini.Parse(fmt.Appendf(nil, "{"+body+"}", text))
		if err != nil {
			t.Fatal(err)
		}
		r.Model = "gemini-2.5-pro"
		if n := count.Of(r); n.Tokens < 500 {
			t.Errorf("gemini, %s: %+v", body, n)
		}
	}
}

// Settings that no model reads leave a count as sure as it is.
func TestSettingsCountNothing(t *testing.T) {
	body := `{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}],"name":null,"refusal":null,"annotations":[]}],
		"temperature":1,"top_p":1,"seed":7,"user":"u-1","metadata":{"team":"a"},"service_tier":"auto","stop":["END"],
		"tool_choice":"auto","logit_bias":{"50256":-100},"store":false,"modalities":["text"],"prompt_cache_key":"k",
		"response_format":{"type":"text"},"stream":true,"stream_options":{"include_usage":true},"top_k":40,"unknown":""}`
	r, err := openai.Format.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := count.Of(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt("hi")})
	if n := count.Of(r); n != want {
		t.Errorf("%+v, want %+v (%q)", n, want, r.Body.Extra)
	}
	body = `{"model":"claude-sonnet-4-5","max_tokens":5,"messages":[{"role":"user","content":[
		{"type":"text","text":"hi","cache_control":{"type":"ephemeral"},"citations":[{"type":"char_location","cited_text":"it"}]}]}],"thinking":{"type":"adaptive"},
		"tool_choice":{"type":"auto"},"stop_sequences":["END"],"metadata":{"user_id":"u"},"anthropic_version":"bedrock-2023-05-31",
		"anthropic_beta":["x"],"service_tier":"auto","output_config":{"effort":"low"},"cache_control":{"type":"ephemeral"}}`
	if r, err = anthropic.Format.Parse([]byte(body)); err != nil {
		t.Fatal(err)
	}
	want = count.Of(&wire.Request{Model: "claude-sonnet-4-5", Messages: wire.Prompt("hi")})
	if n := count.Of(r); n != want {
		t.Errorf("%+v, want %+v (%q)", n, want, r.Body.Extra)
	}
}

func TestSearchesThatTheServerMakesAreUnseen(t *testing.T) {
	for _, key := range []string{"data_sources", "search_parameters"} {
		r, err := openai.Format.Parse(fmt.Appendf(nil, `{"model":"m",%q:[{"type":"a"}]}`, key))
		if err != nil || r.Body.Unseen != key {
			t.Errorf("%s: %+v, error %v", key, r, err)
		}
	}
}

// What a provider says against a request is not passed on where it quotes any of its texts.
func TestRedactKnowsTheTextOfEveryKey(t *testing.T) {
	r, err := openai.Format.Parse([]byte(`{"model":"m","system":"the colour of the sky is a secret"}`))
	if err != nil {
		t.Fatal(err)
	}
	e := wire.Error{Message: "cannot answer: colour of the sky is"}
	if redact.Error(&e, r, ""); strings.Contains(e.Message, "colour") {
		t.Error(e.Message)
	}
}

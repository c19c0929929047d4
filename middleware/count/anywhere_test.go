package count_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// samples are bodies with every object that a format has and that is read: their counts have a basis.
var samples = map[string]string{
	"openai": `{"model":"gpt-4o","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}},
		"stream":true,"stream_options":{"include_usage":true},"metadata":{"team":"a"},"tool_choice":{"type":"function","function":{"name":"f"}},
		"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"enum":["b"]}}}}},
			{"type":"custom","custom":{"name":"g","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"a"}}}}],
		"functions":[{"name":"h","description":"d"}],
		"messages":[
			{"role":"system","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]},
			{"role":"user","name":"ann","content":[{"type":"text","text":"a"},{"text":"b"},
				{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}}]},
			{"role":"assistant","reasoning":[{"text":"why"}],"content":[{"type":"refusal","refusal":"no"}],"tool_calls":[
				{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"custom","custom":{"name":"g","input":"x"}}]},
			{"role":"assistant","function_call":{"name":"h","arguments":"{}"}},
			{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"rain"}]}]}`,
	"anthropic": `{"model":"claude-sonnet-4-5","max_tokens":9,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
		"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],"metadata":{"user_id":"u"},"tool_choice":{"type":"auto"},
		"thinking":{"type":"adaptive"},"tools":[{"type":"custom","name":"f","input_schema":{"type":"object"}}],
		"messages":[
			{"role":"user","content":[{"type":"text","text":"a"},{"text":"b"},
				{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
			{"role":"assistant","content":[{"type":"thinking","thinking":"why","signature":"s"},{"type":"text","text":"a"},
				{"type":"tool_use","id":"a","name":"f","input":{"a":{"b":"c"}}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"rain"},
				{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}]}`,
	"responses": `{"model":"gpt-4o","instructions":"a","text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"}}},
		"reasoning":{"effort":"low"},"metadata":{"team":"a"},"tool_choice":{"type":"function","name":"f"},
		"tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"custom","name":"g","format":{"type":"text"}}],
		"input":[{"role":"user","content":"a"},
			{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},
				{"type":"input_image","image_url":"https://example.com/a.png"},{"type":"input_image","image_url":{"url":"https://example.com/a.png"}}]},
			{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","logprobs":[]},{"type":"refusal","refusal":"no"}]},
			{"type":"reasoning","summary":[{"type":"summary_text","text":"why"}],"encrypted_content":"AAAA"},
			{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"custom_tool_call","call_id":"d","name":"g","input":"x"},
			{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"sun"}]},
			{"type":"custom_tool_call_output","call_id":"d","output":"x"}]}`,
	"gemini": `{"model":"gemini-2.5-pro","systemInstruction":{"parts":[{"text":"a"}]},"safetySettings":[{"category":"a"}],
		"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"labels":{"team":"a"},
		"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"},"thinkingConfig":{"thinkingLevel":"low"}},
		"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}},{"name":"g","parametersJsonSchema":{},"responseJsonSchema":{}}]}],
		"contents":[
			{"role":"user","parts":[{"text":"a"},{"inlineData":{"mimeType":"image/png","data":"AAAA"},"mediaResolution":{"level":"low"}},
				{"fileData":{"mimeType":"image/png","fileUri":"https://example.com/a.png"}}]},
			{"role":"model","parts":[{"text":"why","thought":true},{"functionCall":{"name":"f","args":{"a":{"b":"c"}}},"thoughtSignature":"AAAA"},
				{"executableCode":{"code":"1+1"}}]},
			{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":"b"},"parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}}]}]}`,
}

// settings are the keys of objects that no model reads, at any place.
var settings = strings.Fields(`stream_options metadata tool_choice cache_control thinking reasoning safetySettings toolConfig labels
	thinkingConfig mediaResolution`)

// foreign are keys that no object has, or that others have.
var foreign = strings.Fields(`note name title text content description arguments input output parameters input_schema schema
	format summary documents extra_content annotations`)

// Wherever a text is added to a body, the bound of the count covers it, and a refusal that quotes it is dropped.
func TestATextCountsAnywhere(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("many words here ", 200))
	for shape, body := range samples {
		var top any
		if err := json.Unmarshal([]byte(body), &top); err != nil {
			t.Fatal(shape, err)
		}
		before := countAs(t, shape, top, "the sample")
		least := before.Bound() + texts("gpt-4o", text)
		eachObject(top, "", func(place string, o map[string]any) {
			for _, key := range foreign {
				if _, taken := o[key]; taken {
					continue
				}
				o[key] = text
				if n := countAs(t, shape, top, place+"."+key); n.Certainty == tokenizer.Exact || n.Certainty != tokenizer.None && n.Bound() < least {
					t.Errorf("%s%s.%s: %+v after %+v", shape, place, key, n, before)
				}
				delete(o, key)
			}
		})
	}
}

// countAs counts a body that is of this shape. What it says is not repeated, unless it cannot be seen.
func countAs(t *testing.T, shape string, body any, place string) tokenizer.Count {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, got, err := formats.ParseAny(raw, "")
	if err != nil || got != shape {
		t.Fatalf("%s, %s: read as %q, error %v", shape, place, got, err)
	}
	e := wire.Error{Message: "cannot read: many words here many words"}
	if redact.Error(&e, r, ""); strings.Contains(string(raw), "many words") && r.Body.Unseen == "" && strings.Contains(e.Message, "many") {
		t.Errorf("%s, %s: %q", shape, place, e.Message)
	}
	return count.Of(r)
}

// eachObject calls f with every object in v that is no setting, and its place.
func eachObject(v any, place string, f func(string, map[string]any)) {
	switch v := v.(type) {
	case []any:
		for i, one := range v {
			eachObject(one, fmt.Sprintf("%s[%d]", place, i), f)
		}
	case map[string]any:
		f(place, v)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if _, list := v[key].([]any); list && key == "reasoning" || !slices.Contains(settings, key) {
				eachObject(v[key], place+"."+key, f)
			}
		}
	}
}

package formats_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
)

func geminiFile(tb testing.TB) []byte {
	tb.Helper()
	body, err := os.ReadFile("testdata/gemini.json")
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func parseGemini(tb testing.TB, body string) *wire.Request {
	tb.Helper()
	r, err := gemini.Parse([]byte(body))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestParseGeminiReadsARequest(t *testing.T) {
	warm := 0.5
	want := &wire.Request{
		Messages: []wire.Message{
			wire.Text(wire.System, "Be brief."),
			wire.Text(wire.User, "Weather and time?\nIn Bern."),
			{Role: wire.Assistant, Parts: []wire.Part{wire.TextPart("I will look."), wire.CallPart(wire.ToolCall{Name: "weather", Arguments: `{"city":"Bern"}`}), wire.CallPart(wire.ToolCall{ID: "c2", Name: "time"})}},
			{Role: wire.ToolRole, Name: "weather", Parts: []wire.Part{wire.ResultPart("", `{"sky":"rain"}`)}},
			{Role: wire.ToolRole, Name: "time", Parts: []wire.Part{wire.ResultPart("c2", `{"hour":12}`)}},
			wire.Text(wire.User, "And this picture?"),
		},
		Body:   &wire.Body{Images: []wire.Image{{Width: 1, Height: 1, Detail: "high"}, {Detail: "low"}}, Hidden: 3},
		Schema: []byte(`{"type": "OBJECT"}`), Temperature: &warm, Stop: []string{"END"}, Choices: 2, MaxOutput: 100,
	}
	r := parseGemini(t, string(geminiFile(t)))
	if len(r.Tools) != 2 || r.Tools[0].Name != "weather" || r.Tools[0].Description != "The weather." ||
		!strings.HasPrefix(string(r.Tools[0].Schema), `{"type": "OBJECT"`) || !strings.HasPrefix(string(r.Tools[1].Schema), `{"parametersJsonSchema":`) {
		t.Errorf("tools %+v", r.Tools)
	}
	r.Tools = nil
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var camel = regexp.MustCompile(`"([a-z]+)([A-Z][A-Za-z]*)"( *:)`)

func TestParseGeminiTakesSnakeCase(t *testing.T) {
	snake := camel.ReplaceAllStringFunc(string(geminiFile(t)), func(key string) string {
		return strings.ToLower(regexp.MustCompile(`[A-Z]`).ReplaceAllString(key, "_$0"))
	})
	if !strings.Contains(snake, `"function_response"`) {
		t.Fatal("the keys are still in camel case")
	}
	a, b := parseGemini(t, string(geminiFile(t))), parseGemini(t, snake)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("(-camel +snake):\n%s", diff)
	}
}

func TestParseGeminiReadsWhatIsCharged(t *testing.T) {
	tests := map[string]struct {
		body  string
		check func(*wire.Request) bool
	}{
		"no role":             {`"contents":[{"parts":[{"text":"a"}]}]`, func(r *wire.Request) bool { return r.Messages[0].Role == wire.User }},
		"instruction as text": {`"systemInstruction":"a"`, func(r *wire.Request) bool { return r.Messages[0].Role == wire.System && r.Messages[0].Text() == "a" }},
		"thoughts of before":  {`"contents":[{"role":"model","parts":[{"text":"why","thought":true}]}]`, func(r *wire.Request) bool { return r.Messages[0].Text() == "why" }},
		"code":                {`"contents":[{"parts":[{"executableCode":{"code":"1+1"}}]}]`, func(r *wire.Request) bool { return r.Messages[0].Text() == `{"code":"1+1"}` && r.Body.Unseen == "" }},
		"a model":             {`"model":"models/gemini-2.5-pro"`, func(r *wire.Request) bool { return r.Model == "models/gemini-2.5-pro" }},
		"a picture in an answer": {`"contents":[{"parts":[{"functionResponse":{"name":"f","parts":[{"inlineData":{"mimeType":"image/png","data":""}},{"text":"a"}]}}]}]`,
			func(r *wire.Request) bool { return len(r.Body.Images) == 1 && r.Messages[0].Text() == "a" }},
		"an answer in an answer": {`"contents":[{"parts":[{"functionResponse":{"parts":[{"functionResponse":{}}]}}]}]`, unseen("functionResponse in itself")},
		"recording":              {`"contents":[{"parts":[{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]}]`, unseen("inlineData")},
		"file":                   {`"contents":[{"parts":[{"fileData":{"mimeType":"application/pdf","fileUri":"x"}}]}]`, unseen("fileData")},
		"file of unknown kind":   {`"contents":[{"parts":[{"fileData":{"fileUri":"x"}}]}]`, unseen("fileData")},
		"kept by the provider":   {`"cachedContent":"cachedContents/1"`, unseen("cachedContent")},
		"the provider's tool":    {`"tools":[{"googleSearch":{}}]`, unseen("tool googleSearch")},
		"absent tool":            {`"tools":[{"googleSearch":null}]`, unseen("")},
		"something new":          {`"contents":[{"parts":[{"hologram":{}}]}]`, unseen("hologram")},
		"JSON Schema":            {`"generationConfig":{"responseJsonSchema":{"type":"object"}}`, func(r *wire.Request) bool { return string(r.Schema) == `{"type":"object"}` }},
	}
	for name, tt := range tests {
		if r := parseGemini(t, "{"+tt.body+"}"); !tt.check(r) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestParseGeminiRefusesWithThePlace(t *testing.T) {
	for body, want := range map[string]string{
		``:                                      "no JSON at byte 0",
		`{"contents":"a"}`:                      "contents: want a list",
		`{"contents":[{"parts":[{"text":7}]}]}`: "contents[0]: parts[0]: text: want a string",
		`{"contents":[{"parts":[{"functionCall":7}]}]}`:  "contents[0]: parts[0]: functionCall: want an object",
		`{"generationConfig":{"candidateCount":100000}}`: "generationConfig: candidateCount: at most 1024",
		`{"contents":[{"parts":[7]}]}`:                   "contents[0]: parts[0]: want an object",
		`{"contents":[],"contents":[]}`:                  `key "contents" is there twice`,
		`{"cachedContent":1,"cached_content":1}`:         `key "cachedContent" is there twice`,
		`{"generationConfig":{"maxOutputTokens":-1}}`:    "generationConfig: maxOutputTokens: want a whole number",
		`{"systemInstruction":{"parts":{}}}`:             "systemInstruction: parts: want a list",
	} {
		if _, err := gemini.Parse([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A body is sent in its own format: the keys that it has, and those that a budget changes, are others in another. One
// that was read for counting is not sent at all.
func TestEncodeRefusesTheBodiesOfOtherFormats(t *testing.T) {
	for _, f := range formats.All() {
		if _, err := f.Encode(parseGemini(t, string(geminiFile(t)))); err == nil || !strings.Contains(err.Error(), "for counting") {
			t.Errorf("%s: %v", f.Name(), err)
		}
		for _, of := range formats.All() {
			r, err := of.Parse([]byte(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			switch _, err := f.Encode(r); {
			case f == of && err != nil:
				t.Errorf("%s: %v", f.Name(), err)
			case f != of && (err == nil || !strings.Contains(err.Error(), "written in the format "+of.Name()+" and cannot be sent in "+f.Name())):
				t.Errorf("%s as %s: %v", of.Name(), f.Name(), err)
			}
		}
	}
}

package gemini_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
)

func conversation() *wire.Request {
	return &wire.Request{
		Model: "gemini-2.5-flash", MaxOutput: 100, Temperature: new(0.5), Stop: []string{"END"}, Choices: 2, Tier: budget.Tier{Service: "flex"},
		Messages: []wire.Message{
			wire.Text(wire.System, "Be brief & <kind>."), wire.Text(wire.System, "Be quick."),
			{Role: wire.User, Parts: []wire.Part{wire.TextPart("Look."), wire.ImagePart("image/png", []byte("PNG")), wire.ImageURLPart("https://host/a.png")}},
			{Role: wire.Assistant, Parts: []wire.Part{wire.ThinkingPart("why", "c2ln"), wire.CallPart(wire.ToolCall{ID: "a", Name: "weather", Arguments: `{"city":"Bern"}`}), wire.CallPart(wire.ToolCall{ID: "b", Name: "time"})}},
			wire.ToolResult("a", "rain"), wire.ToolResult("b", "noon"),
		},
		Tools:  []wire.Tool{{Name: "weather", Description: "The weather.", Schema: json.RawMessage(`{"type":"object"}`)}, {Name: "time"}},
		Schema: json.RawMessage(`{"type":"object"}`),
	}
}

func TestEncodeWritesARequest(t *testing.T) {
	got, err := gemini.Format.Encode(conversation())
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("\n", "", "\t", "").Replace(`{"systemInstruction":{"parts":[{"text":"Be brief & <kind>.\nBe quick."}]},"contents":[
		{"role":"user","parts":[{"text":"Look."},{"inlineData":{"mimeType":"image/png","data":"UE5H"}},{"fileData":{"fileUri":"https://host/a.png"}}]},
		{"role":"model","parts":[{"text":"why","thought":true,"thoughtSignature":"c2ln"},{"functionCall":{"id":"a","name":"weather","args":{"city":"Bern"}}},
			{"functionCall":{"id":"b","name":"time"}}]},
		{"role":"user","parts":[{"functionResponse":{"id":"a","name":"weather","response":{"result":"rain"}}},{"functionResponse":{"id":"b","name":"time","response":{"result":"noon"}}}]}],
		"tools":[{"functionDeclarations":[{"name":"weather","description":"The weather.","parametersJsonSchema":{"type":"object"}},{"name":"time"}]}],
		"generationConfig":{"maxOutputTokens":100,"candidateCount":2,"temperature":0.5,"stopSequences":["END"],"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}},
		"serviceTier":"flex"}`)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	back, err := at(t, "generateContent").Parse(got)
	if err != nil || back.MaxOutput != 100 || back.Choices != 2 || len(back.Tools) != 2 || len(back.Messages) != 5 || back.Tier.Service != "flex" || len(back.Body.Images) != 1 {
		t.Errorf("read again: %+v, error %v", back, err)
	}
}

func TestEncodeRefusesWhatTheFormatCannotSay(t *testing.T) {
	text := wire.Prompt("a")
	for want, r := range map[string]*wire.Request{
		"output cap of 0":   {Messages: text, MaxOutput: wire.NoOutput},
		"no region":         {Messages: text, Tier: budget.Tier{Region: "us"}},
		"instructions are":  {Messages: []wire.Message{{Role: wire.System, Parts: []wire.Part{wire.ImagePart("image/png", []byte("x"))}}}},
		"are no JSON":       {Messages: []wire.Message{{Role: wire.Assistant, Parts: []wire.Part{wire.CallPart(wire.ToolCall{Name: "f", Arguments: "{"})}}}},
		"neither a name":    {Messages: []wire.Message{wire.ToolResult("", "rain")}},
		"has nothing in it": {Messages: []wire.Message{{Role: wire.User, Parts: []wire.Part{{Kind: wire.PartImage}}}}},
	} {
		if body, err := gemini.Format.Encode(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, error %v", want, body, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for model, want := range map[string]string{
		"gemini-2.5-flash": "/v1beta/models/gemini-2.5-flash:", "models/gemini-2.5-pro@001": "/v1beta/models/gemini-2.5-pro@001:", "tunedModels/t_1": "/v1beta/tunedModels/t_1:",
		"": "", "..": "", "a/b": "", "a:b": "", "a?b": "", "a%2e": "", "a b": "", "ä": "", "models/": "", "models/../x": "",
	} {
		path, query, err := gemini.Format.Address(&wire.Request{Model: model})
		if want == "" && err != nil {
			continue
		}
		if err != nil || path != want+"generateContent" || query != nil {
			t.Errorf("%q: %s %v, error %v", model, path, query, err)
		}
		path, query, err = gemini.Format.Address(&wire.Request{Model: model, OnDelta: func(wire.Delta) {}})
		if err != nil || path != want+"streamGenerateContent" || query.Encode() != "alt=sse" {
			t.Errorf("%q streamed: %s %v, error %v", model, path, query, err)
		}
	}
	if path := gemini.Format.Path(); path != "/v1beta/models/MODEL:generateContent" {
		t.Errorf("the path is %s", path)
	}
}

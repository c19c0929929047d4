package gemini_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
)

func TestRoutes(t *testing.T) {
	for address, model := range map[string]string{
		"/v1beta/models/gemini-2.5-flash:generateContent":                                                                "gemini-2.5-flash",
		"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=k":                                            "gemini-2.5-flash",
		"/v1/models/gemini-embedding-001:embedContent":                                                                   "gemini-embedding-001",
		"/gw/v1beta/models/m:batchEmbedContents/":                                                                        "m",
		"/v1/projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro@default:generateContent?$alt=json": "gemini-2.5-pro@default",
		"/v1beta/tunedModels/mine-1:generateContent":                                                                     "tunedModels/mine-1",
		"/v1/projects/p/locations/l/endpoints/77:streamGenerateContent":                                                  "endpoints/77",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		f := gemini.Route(u)
		if f == nil {
			t.Errorf("%s is no route", address)
			continue
		}
		r, err := f.Parse([]byte(`{}`))
		if err != nil || r.Model != model || r.Body.Stream != strings.Contains(address, ":stream") {
			t.Errorf("%s: %+v, error %v", address, r, err)
		}
	}
	for _, address := range []string{
		"/v1beta/models/m:countTokens", "/v1beta/models/m:GenerateContent", "/v1beta/models/m%3AgenerateContent", "/v1beta/models/%6d:generateContent",
		"/v1beta/models/:generateContent", "/v1beta/models:generateContent", "/models/x/m:generateContent", "/v1beta/models/m:batchGenerateContent",
		"/v1beta/models/m:generateContent?alt=proto", "/v1beta/models/m:generateContent?alt=json&$alt=media", "/v1/publishers/anthropic/models/c:rawPredict", "/", "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if f := gemini.Route(u); f != nil {
			t.Errorf("%s is a route: %+v", address, f)
		}
	}
}

// The cap goes where the client has it or would have it, in its case; every other byte stays.
func TestEncodeChangesTheCapAlone(t *testing.T) {
	const big = `{"contents":[{"parts":[{"text":"a"}]}] , "x":{"maxOutputTokens":7}}`
	for _, tt := range []struct{ name, method, body, want string }{
		{"added", "generateContent", `{"contents":[] }`, `{"contents":[],"generationConfig":{"maxOutputTokens":100} }`},
		{"added to nothing", "generateContent", `{}`, `{"generationConfig":{"maxOutputTokens":100}}`},
		{"a key of that name elsewhere", "streamGenerateContent", big, strings.TrimSuffix(big, "}") + `,"generationConfig":{"maxOutputTokens":100}}`},
		{"added to a configuration", "generateContent", `{"generationConfig":{ "temperature" : 1.0 }}`, `{"generationConfig":{ "temperature" : 1.0,"maxOutputTokens":100 }}`},
		{"lowered", "streamGenerateContent", `{"generationConfig":{"maxOutputTokens": 900 }, "contents":[]}`, `{"generationConfig":{"maxOutputTokens": 100 }, "contents":[]}`},
		{"in snake case", "generateContent", `{"generation_config":{"max_output_tokens":900,"top_k":3}}`, `{"generation_config":{"max_output_tokens":100,"top_k":3}}`},
		{"an empty one", "generateContent", `{"generation_config":{}}`, `{"generation_config":{"maxOutputTokens":100}}`},
		{"null", "generateContent", `{"generation_config":null}`, `{"generation_config":{"maxOutputTokens":100}}`},
		{"null within", "generateContent", `{"generationConfig":{"maxOutputTokens":null}}`, `{"generationConfig":{"maxOutputTokens":100}}`},
		{"zero", "generateContent", `{"generationConfig":{"maxOutputTokens":0}}`, `{"generationConfig":{"maxOutputTokens":100}}`},
		{"lower already", "generateContent", `{"generationConfig":{"maxOutputTokens":50}}`, ``},
		{"in disguise", "generateContent", `{"generationConfig":{"max\u004futputTokens":900}}`, `{"generationConfig":{"max\u004futputTokens":100}}`},
		{"the model again", "generateContent", `{"model":"models/gemini-2.5-flash","generationConfig":{"maxOutputTokens":100}}`, ``},
		{"an embedding", "embedContent", `{"content":{"parts":[{"text":"a"}]}}`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := at(t, tt.method)
			r, err := f.Parse([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.MaxOutput = 100
			got, err := f.Encode(r)
			if tt.want == "" {
				tt.want = tt.body
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s\nwant %s, error %v", got, tt.want, err)
			}
			if again, err := f.Parse(got); err != nil || again.MaxOutput > 100 {
				t.Errorf("read again: %+v, error %v", again, err)
			}
		})
	}
}

func TestEncodeRefusesWhatTheAddressSays(t *testing.T) {
	f := at(t, "generateContent")
	r, err := f.Parse([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Model = "gemini-2.5-pro"
	if _, err := f.Encode(r); err == nil || !strings.Contains(err.Error(), "in its address") {
		t.Errorf("another model: %v", err)
	}
	if _, err := at(t, "embedContent").Encode(&wire.Request{Model: "gemini-2.5-flash"}); err == nil {
		t.Error("no body")
	}
	r.Model = "gemini-2.5-flash"
	if _, err := at(t, "streamGenerateContent").Encode(r); err == nil || !strings.Contains(err.Error(), "written in the format") {
		t.Errorf("another address: %v", err)
	}
}

func TestParseReadsWhatIsCharged(t *testing.T) {
	for _, tt := range []struct {
		method, body string
		check        func(*wire.Request) bool
	}{
		{"generateContent", `{"serviceTier":"priority"}`, tier("priority")},
		{"generateContent", `{"service_tier":"SERVICE_TIER_FLEX"}`, tier("flex")},
		{"generateContent", `{"service_tier":"SERVICE_TIER_UNSPECIFIED"}`, tier("")},
		{"generateContent", `{"serviceTier":"standard"}`, tier("standard")},
		{"generateContent", `{"tools":[{"google_search":{}}]}`, func(r *wire.Request) bool { return r.Body.Unseen == "tool googleSearch" }},
		{"generateContent", `{"cachedContent":"cachedContents/1"}`, func(r *wire.Request) bool { return r.Body.Unseen == "cachedContent" }},
		{"generateContent", `{"generationConfig":{"candidateCount":3}}`, func(r *wire.Request) bool { return r.Choices == 3 }},
		{"embedContent", `{"content":{"parts":[{"text":"a"},{"text":"b"}]},"title":"T","taskType":"RETRIEVAL_DOCUMENT"}`,
			func(r *wire.Request) bool {
				return r.MaxOutput == wire.NoOutput && r.Messages[0].Text() == "a\nb" && r.Body.Extra[0] == "T" && r.Body.Unseen == ""
			}},
		{"batchEmbedContents", `{"requests":[{"model":"models/gemini-2.5-flash","content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}`,
			func(r *wire.Request) bool { return r.MaxOutput == wire.NoOutput && len(r.Messages) == 2 }},
		{"embedContent", `{"content":{"parts":[{"inlineData":{"mimeType":"audio/wav","data":"AAAA"}}]}}`, func(r *wire.Request) bool { return r.Body.Unseen == "inlineData" }},
	} {
		if r, err := at(t, tt.method).Parse([]byte(tt.body)); err != nil || !tt.check(r) {
			t.Errorf("%s %s: %+v, error %v", tt.method, tt.body, r, err)
		}
	}
}

func tier(service string) func(*wire.Request) bool {
	return func(r *wire.Request) bool { return r.Tier == budget.Tier{Service: service} }
}

func TestParseRefusesWithThePlace(t *testing.T) {
	for _, tt := range []struct{ method, body, want string }{
		{"generateContent", `{"model":"models/gemini-2.5-pro"}`, `model: it is not the one in the address, "gemini-2.5-flash"`},
		{"generateContent", `{"model":"models/xgemini-2.5-flash"}`, "model: it is not the one"},
		{"generateContent", `{"generationConfig":{"MaxOutputTokens":9}}`, `would be read as "maxOutputTokens"`},
		{"generateContent", `{"generationConfig":{"maxOutputTokens":9,"max_output_tokens":9}}`, "is there twice"},
		{"generateContent", `{"generationConfig":{},"generation_config":{}}`, "is there twice"},
		{"generateContent", `{"generationConfig":{"maxOutputTokens":"9"}}`, "want a whole number"},
		{"generateContent", `{"GenerationConfig":{}}`, `would be read as "generationConfig"`},
		{"generateContent", `{"serviceTier":3}`, "serviceTier: want a string"},
		{"generateContent", `[]`, "want an object"},
		{"embedContent", `{"content":7}`, "content: want an object"},
		{"batchEmbedContents", `{"requests":[{"model":"models/other"}]}`, "requests[0]: model: it is not the one"},
		{"batchEmbedContents", `{"requests":7}`, "requests: want a list"},
	} {
		if r, err := at(t, tt.method).Parse([]byte(tt.body)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, error %v", tt.body, r, err)
		}
	}
}

func TestRefusalsAreInGooglesWords(t *testing.T) {
	for _, tt := range []struct {
		kind         wire.RefusalKind
		chosen, want int
		word         string
	}{
		{wire.RefusedBudget, 0, 402, "RESOURCE_EXHAUSTED"}, {wire.RefusedBudget, 429, 429, "RESOURCE_EXHAUSTED"}, {wire.RefusedBudget, 418, 418, "FAILED_PRECONDITION"},
		{wire.RefusedUnbounded, 0, 402, "RESOURCE_EXHAUSTED"}, {wire.RefusedUnmetered, 0, 403, "PERMISSION_DENIED"}, {wire.RefusedInvalid, 0, 400, "INVALID_ARGUMENT"},
		{wire.RefusedTooLarge, 0, 413, "INVALID_ARGUMENT"}, {wire.RefusedUnauthorised, 0, 401, "UNAUTHENTICATED"}, {wire.RefusedUnreachable, 0, 502, "UNAVAILABLE"},
	} {
		type failure struct {
			Error struct {
				Code            int
				Message, Status string
			}
		}
		for _, method := range []string{"generateContent", "streamGenerateContent?alt=sse", "streamGenerateContent"} {
			f := at(t, method)
			status, body := f.Refusal(wire.Refusal{Kind: tt.kind, Status: tt.chosen, Message: `no "budget"`})
			list := make([]failure, 1)
			var err error
			if strings.HasSuffix(method, "streamGenerateContent") {
				err = json.Unmarshal(body, &list)
			} else {
				err = json.Unmarshal(body, &list[0])
			}
			e := list[0].Error
			if err != nil || status != tt.want || e.Code != status || e.Status != tt.word || e.Message != `no "budget"` {
				t.Errorf("%s, %s: %d %s, error %v", tt.kind, method, status, body, err)
			}
			if back := f.DecodeError(status, body); back.Message != `no "budget"` {
				t.Errorf("%s: read back as %+v", tt.kind, back)
			}
		}
	}
}

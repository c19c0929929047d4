package gemini_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
)

// at is the format of a method of a model.
func at(tb testing.TB, method string) wire.Format {
	tb.Helper()
	u, err := url.Parse("https://host/v1beta/models/gemini-2.5-flash:" + method)
	if err != nil {
		tb.Fatal(err)
	}
	f := gemini.Route(u)
	if f == nil {
		tb.Fatalf("%s is no route", u)
	}
	return f
}

// Answers as Google's documentation and its SDKs' recordings have them, with other words.
const (
	plain = `{"candidates":[{"content":{"parts":[{"text":"Hello"},{"text":" there."}],"role":"model"},"finishReason":"STOP","avgLogprobs":-0.05,"index":0}],
		"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14,"promptTokensDetails":[{"modality":"TEXT","tokenCount":10}],
		"candidatesTokensDetails":[{"modality":"TEXT","tokenCount":4}]},"modelVersion":"gemini-2.5-flash","responseId":"abc-1"}`
	thinking = `{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me see.","thought":true},{"text":"42","thoughtSignature":"AAAA"}]},"finishReason":"STOP"}],
		"usageMetadata":{"promptTokenCount":30,"candidatesTokenCount":2,"totalTokenCount":132,"cachedContentTokenCount":20,"thoughtsTokenCount":100,"trafficType":"ON_DEMAND_PRIORITY"}}`
	tools = `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Bern"}},"thoughtSignature":"AAAA"},
		{"functionCall":{"id":"c2","name":"time"}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":50,"candidatesTokenCount":12,"totalTokenCount":62}}`
	cut = `{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS","index":0}],
		"usageMetadata":{"promptTokenCount":9,"totalTokenCount":72,"thoughtsTokenCount":63}}`
	blocked = `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}`
	spoken  = `{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"audio/L16;rate=24000","data":"AAAA"}}],"role":"model"},"finishReason":"STOP"}],
		"usageMetadata":{"promptTokenCount":40,"candidatesTokenCount":90,"totalTokenCount":130,"promptTokensDetails":[{"modality":"TEXT","tokenCount":8},{"modality":"AUDIO","tokenCount":32}],
		"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":90}]}}`
	searched = `{"candidates":[{"content":{"parts":[{"text":"ok"}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["q"]}}],
		"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":1,"toolUsePromptTokenCount":500,"totalTokenCount":511}}`
	several = `{"candidates":[{"content":{"parts":[{"text":"one"}]},"finishReason":"STOP","index":0},{"content":{"parts":[{"text":"two"}]},"finishReason":"SAFETY","index":1}],
		"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":6,"totalTokenCount":11}}`
)

func usage(u budget.Usage, tier string) *wire.Usage {
	return &wire.Usage{Usage: u, Tier: budget.Tier{Service: tier}}
}

var answers = map[string]struct {
	body string
	want wire.Response
}{
	"plain": {plain, wire.Response{Text: "Hello there.", Finish: wire.FinishStop, Model: "gemini-2.5-flash", RequestID: "abc-1",
		Usage: usage(budget.Usage{Input: 10, Output: 4}, "")}},
	"thoughts beside the output, a cache within the prompt": {thinking, wire.Response{Text: "42", Reasoning: "Let me see.", Finish: wire.FinishStop,
		Usage: usage(budget.Usage{Input: 10, CacheRead: 20, Output: 102, Reasoning: 100}, "priority")}},
	"calls": {tools, wire.Response{Finish: wire.FinishTools, Usage: usage(budget.Usage{Input: 50, Output: 12}, ""),
		ToolCalls: []wire.ToolCall{{Name: "weather", Arguments: `{"city":"Bern"}`}, {ID: "c2", Name: "time", Arguments: "{}"}}}},
	"thoughts to the cap": {cut, wire.Response{Finish: wire.FinishLength, Usage: usage(budget.Usage{Input: 9, Output: 63, Reasoning: 63}, "")}},
	"a blocked prompt": {blocked, wire.Response{Finish: wire.FinishFilter, Refusal: "the prompt was blocked: PROHIBITED_CONTENT",
		Usage: usage(budget.Usage{Input: 9}, "")}},
	"audio":    {spoken, wire.Response{Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 8, AudioInput: 32, AudioOutput: 90}, "")}},
	"searched": {searched, wire.Response{Text: "ok", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 510, Output: 1}, "")}},
	"several": {several, wire.Response{Text: "one", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 5, Output: 6}, ""),
		Choices: []wire.Choice{{Text: "one", Finish: wire.FinishStop}, {Index: 1, Text: "two", Finish: wire.FinishFilter}}}},
}

func TestAnswers(t *testing.T) {
	f := at(t, "generateContent")
	for name, tt := range answers {
		for _, body := range []string{tt.body, "[" + tt.body + "]", "[" + tt.body + "\n,\r\n" + `{"usageMetadata":{}}` + "]"} {
			got, err := f.Decode([]byte(body))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

// A stream's figures run: the last ones count, and never one that falls. Before they are final the output is unknown.
func TestStreams(t *testing.T) {
	const begin, middle = `{"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":10,"totalTokenCount":10}}`,
		`{"candidates":[{"content":{"parts":[{"text":"lo"}]}}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":13}}`
	const end = `{"candidates":[{"content":{"parts":[{"text":"."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":14}}`
	running := func(least int64) *wire.Usage {
		return &wire.Usage{Usage: budget.Usage{Input: 10}, Unknown: budget.OutputSide, Least: wire.Least{Output: least}}
	}
	for name, tt := range map[string]struct {
		events []string
		want   wire.Response
	}{
		"whole":       {[]string{begin, middle, end}, wire.Response{Text: "Hello.", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 10, Output: 4}, "")}},
		"begun":       {[]string{begin}, wire.Response{Text: "Hel", Usage: running(0)}},
		"cut":         {[]string{begin, middle}, wire.Response{Text: "Hello", Usage: running(3)}},
		"falling":     {[]string{begin, end, strings.Replace(end, `"candidatesTokenCount":4,"totalTokenCount":14`, `"candidatesTokenCount":1,"totalTokenCount":11`, 1)}, wire.Response{Text: "Hel..", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 10, Output: 4}, "")}},
		"usage after": {[]string{begin, `{"candidates":[{"finishReason":"STOP"}]}`, `{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4}}`}, wire.Response{Text: "Hel", Finish: wire.FinishStop, Usage: usage(budget.Usage{Input: 10, Output: 4}, "")}},
		"calls":       {[]string{tools}, answers["calls"].want},
		"blocked":     {[]string{blocked}, answers["a blocked prompt"].want},
		"streamed arguments": {[]string{`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}`,
			`{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x"}]}}]}}]}`, `{"candidates":[{"finishReason":"STOP"}]}`},
			wire.Response{Finish: wire.FinishTools, ToolCalls: []wire.ToolCall{{Name: "f", Arguments: `[{"jsonPath":"$.a","stringValue":"x"}]`}}}},
	} {
		for _, method := range []string{"streamGenerateContent", "streamGenerateContent?alt=sse"} {
			s := at(t, method).Stream()
			var text string
			for _, event := range tt.events {
				d, hide, err := s.Event("", []byte(event))
				if err != nil || hide {
					t.Fatalf("%s: hidden %v, error %v", name, hide, err)
				}
				text += d.Text
			}
			if diff := cmp.Diff(&tt.want, s.Response()); diff != "" || text != tt.want.Text {
				t.Errorf("%s: deltas %q (-want +got):\n%s", name, text, diff)
			}
		}
	}
}

func TestFailures(t *testing.T) {
	const quota = `{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[
		{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}`
	f := at(t, "generateContent")
	for body, want := range map[string]wire.Class{
		quota: wire.RateLimit, "[" + quota + "]": wire.RateLimit, "data: " + strings.ReplaceAll(quota, "\n", "") + "\n\n": wire.RateLimit,
	} {
		if e := f.DecodeError(429, []byte(body)); e.Class != want || e.RetryAfter.Seconds() != 34 || !e.Unbilled() {
			t.Errorf("%s: %+v", body, e)
		}
	}
	for _, body := range []string{``, `{}`, `[]`, `[{}]`, `7`, `{"candidates":[]}`, `{"embedding":{"values":[]}}`, `[` + plain, plain[:90]} {
		if r, err := f.Decode([]byte(body)); err == nil || wire.AsError(err).Class != wire.Garbled {
			t.Errorf("%s: %+v, error %v", body, r, err)
		}
	}
	for _, body := range []string{`{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}`, `[{"error":{"code":503,"message":"overloaded"}}]`} {
		if _, err := f.Decode([]byte(body)); err == nil || wire.AsError(err).Status != 503 {
			t.Errorf("%s: error %v", body, err)
		}
	}
	s := f.Stream()
	_, _, err := s.Event("", []byte(quota))
	if err == nil || wire.AsError(err).Class != wire.RateLimit {
		t.Errorf("in a stream: %v", err)
	}
}

func TestEmbeddings(t *testing.T) {
	one, all := at(t, "embedContent"), at(t, "batchEmbedContents")
	for body, want := range map[string]*wire.Usage{
		`{"embedding":{"values":[0.1,-2e-3]}}`:                                                                      nil,
		`{"embedding":{"values":[0.1]},"usageMetadata":{"promptTokenCount":7}}`:                                     usage(budget.Usage{Input: 7}, ""),
		`{"embeddings":[{"values":[1]},{"values":[2]}],"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}`: usage(budget.Usage{Input: 7}, ""),
	} {
		for _, f := range []wire.Format{one, all} {
			got, err := f.Decode([]byte(body))
			if err != nil || got.Delivered() {
				t.Fatalf("%s: %+v, error %v", body, got, err)
			}
			if diff := cmp.Diff(want, got.Usage); diff != "" {
				t.Errorf("%s (-want +got):\n%s", body, diff)
			}
		}
	}
	if _, err := one.Decode([]byte(plain)); err == nil {
		t.Error("a text is no embedding")
	}
}

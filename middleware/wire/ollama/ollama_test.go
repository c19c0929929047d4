package ollama_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
)

func at(tb testing.TB, path string) wire.Format {
	tb.Helper()
	f := ollama.Route(&url.URL{Path: path})
	if f == nil {
		tb.Fatalf("%s is no route", path)
	}
	return f
}

const (
	plain = `{"model":"llama3.2","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Hi","thinking":"hm"},"done_reason":"stop","done":true,
		"total_duration":5,"prompt_eval_count":9,"eval_count":2}`
	generated = `{"model":"llama3.2","response":"Hi","done":true,"done_reason":"length","prompt_eval_count":9,"eval_count":2}`
	tools     = `{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":2}`
	cached    = `{"model":"m","message":{"content":"Hi"},"done":true,"done_reason":"stop","eval_count":2}`
	embedded  = `{"model":"m","embeddings":[[0.1,-2e-3]],"total_duration":5,"prompt_eval_count":9}`
)

func used(u budget.Usage) *wire.Usage { return &wire.Usage{Usage: u} }

var answers = map[string]struct {
	path, body string
	want       wire.Response
}{
	"chat":   {"/api/chat", plain, wire.Response{Model: "llama3.2", Text: "Hi", Reasoning: "hm", Finish: wire.FinishStop, Usage: used(budget.Usage{Input: 9, Output: 2})}},
	"prompt": {"/api/generate", generated, wire.Response{Model: "llama3.2", Text: "Hi", Finish: wire.FinishLength, Usage: used(budget.Usage{Input: 9, Output: 2})}},
	"calls": {"/api/chat", tools, wire.Response{Model: "m", Finish: wire.FinishTools, ToolCalls: []wire.ToolCall{{Name: "f", Arguments: `{"x":1}`}},
		Usage: used(budget.Usage{Input: 9, Output: 2})}},
	"a prompt in the cache": {"/api/chat", cached, wire.Response{Model: "m", Text: "Hi", Finish: wire.FinishStop,
		Usage: &wire.Usage{Usage: budget.Usage{Output: 2}, Unknown: budget.InputSide}}},
	"vectors": {"/api/embed", embedded, wire.Response{Model: "m", Usage: used(budget.Usage{Input: 9})}},
}

func TestAnswers(t *testing.T) {
	for name, tt := range answers {
		f := at(t, tt.path)
		got, err := f.Decode([]byte(tt.body))
		if diff := cmp.Diff(&tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, diff)
		}
		for _, body := range []string{tt.body[:len(tt.body)/2], "", "[]", `{"done":false}`, `{"error":"model \"m\" not found"}`} {
			if r, err := f.Decode([]byte(body)); err == nil {
				t.Errorf("%s: %s: %+v", name, body, r)
			}
		}
	}
	e := at(t, "/api/chat").DecodeError(404, []byte(`{"error":"model \"m\" not found, try pulling it first"}`))
	if e.Class != wire.NoModel || !e.Unbilled() {
		t.Errorf("%+v", e)
	}
}

// What is written is read as it was, plain and line by line.
func TestAnswersAreReadAsTheyWereWritten(t *testing.T) {
	for name, tt := range answers {
		if tt.path == "/api/embed" || name == "a prompt in the cache" {
			continue
		}
		f := at(t, tt.path)
		body, err := f.WriteAnswer(&tt.want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Decode(body)
		if diff := cmp.Diff(&tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, diff)
		}
		s := f.Stream()
		events := s.(sse.Framed).Splitter()
		list, err := events.Feed(wire.WriteStream(f.Writer(false), &tt.want))
		if err != nil {
			t.Fatal(err)
		}
		var text string
		for _, e := range append(list, events.End()...) {
			if s.Done() {
				t.Errorf("%s: done before its end", name)
			}
			d, _, err := s.Event("", e.Data)
			if err != nil {
				t.Fatal(err)
			}
			text += d.Text
			if u := s.Response().Usage; !s.Done() && u != nil && u.Unknown&budget.OutputSide == 0 {
				t.Errorf("%s: the output is known before the end", name)
			}
		}
		if diff := cmp.Diff(&tt.want, s.Response()); diff != "" || !s.Done() || text != tt.want.Text {
			t.Errorf("%s: streamed, %q (-want +got):\n%s", name, text, diff)
		}
	}
}

func TestEncodeChangesTheCapAlone(t *testing.T) {
	for _, tt := range []struct{ path, body, want string }{
		{"/api/chat", `{"model":"m" }`, `{"model":"m","options":{"num_predict":100} }`},
		{"/api/chat", `{"model":"m","options":{ "seed": 7 }}`, `{"model":"m","options":{ "seed": 7,"num_predict":100 }}`},
		{"/api/generate", `{"options":{"num_predict": 900},"model":"m","prompt":"a"}`, `{"options":{"num_predict": 100},"model":"m","prompt":"a"}`},
		{"/api/chat", `{"model":"m","options":{"num_predict":-1}}`, `{"model":"m","options":{"num_predict":100}}`},
		{"/api/chat", `{"model":"m","options":null}`, `{"model":"m","options":{"num_predict":100}}`},
		{"/api/chat", `{"model":"m","options":{"num_predict":50}}`, ``},
		{"/api/embed", `{"model":"m","input":["a","b"]}`, ``},
	} {
		f := at(t, tt.path)
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
	}
}

func TestParseReadsWhatIsCharged(t *testing.T) {
	for _, tt := range []struct {
		path, body string
		check      func(*wire.Request) bool
	}{
		{"/api/chat", `"messages":[{"role":"system","content":"s"},{"role":"user","content":"a","images":["iVBORw0KGgo="]}]`,
			func(r *wire.Request) bool { return r.Body.Stream && len(r.Messages) == 2 && len(r.Body.Images) == 1 }},
		{"/api/chat", `"stream":false,"messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},{"role":"tool","tool_name":"f","content":"rain"}]`,
			func(r *wire.Request) bool {
				return !r.Body.Stream && r.Messages[0].Calls()[0].Arguments == `{"x":1}` && r.Messages[1].Name == "f"
			}},
		{"/api/chat", `"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"format":{"type":"object"}`,
			func(r *wire.Request) bool { return r.Tools[0].Name == "f" && r.Schema != nil }},
		{"/api/generate", `"prompt":"a","system":"s","suffix":"z","template":""`, func(r *wire.Request) bool { return len(r.Messages) == 3 && r.Body.Unseen == "" }},
		{"/api/generate", `"prompt":"a","template":"{{range .}}{{.Prompt}}{{end}}"`, func(r *wire.Request) bool { return r.Body.Unseen == "template" }},
		{"/api/generate", `"prompt":"a","context":[1,2]`, func(r *wire.Request) bool { return r.Body.Unseen == "context" }},
		{"/api/embed", `"input":"a"`, func(r *wire.Request) bool {
			return r.MaxOutput == wire.NoOutput && !r.Body.Stream && len(r.Messages) == 1
		}},
	} {
		if r, err := at(t, tt.path).Parse([]byte(`{"model":"m",` + tt.body + "}")); err != nil || !tt.check(r) {
			t.Errorf("%s %s: %+v, error %v", tt.path, tt.body, r, err)
		}
	}
	for _, tt := range []struct{ path, body, want string }{
		{"/api/chat", `"Messages":[]`, `would be read as "messages"`}, {"/api/chat", `"stream":"no"`, "want true or false"},
		{"/api/chat", `"Stream":false`, `would be read as "stream"`}, {"/api/chat", `"messages":[{"Content":"a"}]`, `would be read as "content"`},
		{"/api/chat", `"options":{"num_predict":1.5}`, "want a whole number"}, {"/api/chat", `"options":{"num_predict":1,"num_predict":2}`, "is there twice"},
		{"/api/embed", `"input":[1]`, "want a text"}, {"/api/chat", `"messages":[{"tool_calls":[{"function":{"Arguments":{}}}]}]`, `would be read as "arguments"`},
	} {
		if r, err := at(t, tt.path).Parse([]byte(`{"model":"m",` + tt.body + "}")); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, error %v", tt.body, r, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	f := at(t, "/api/chat")
	status, body := f.Refusal(wire.Refusal{Kind: wire.RefusedBudget, Message: "no more"})
	if status != 402 || string(body) != `{"error":"no more"}` || f.DecodeError(status, body).Message != "no more" {
		t.Errorf("%d %s", status, body)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, a := range answers {
		f.Add(a.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		format := at(t, "/api/chat")
		r, err := format.Decode([]byte(body))
		if err != nil {
			r = wire.AsError(err).Answer
		}
		if r != nil && r.Usage != nil && !r.Usage.Possible() {
			t.Errorf("usage %+v", r.Usage)
		}
		s := format.Stream()
		for line := range strings.Lines(body) {
			_, _, _ = s.Event("", []byte(line))
		}
		if u := s.Response().Usage; u != nil && !u.Possible() {
			t.Errorf("usage %+v", u)
		}
	})
}

package formats_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

// What Codex asks for is seen whole, tools in groups and a search of the client's own included.
func TestResponsesReadsWhatCodexSends(t *testing.T) {
	r, err := responses.Format.Parse(golden(t, "responses/codex.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said, tools []string
	for i := range r.Messages {
		said = append(said, r.Messages[i].Role+":"+r.Messages[i].Text())
	}
	for _, tool := range r.Tools {
		tools = append(tools, tool.Name)
	}
	want := []string{"system:You are an agent.", "developer:Sandboxed.", "user:List the files.", "assistant:", "tool:a.go", "assistant:", "tool:ok"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shell", "apply_patch", "agents", "spawn", "tool_search"}, tools); diff != "" {
		t.Errorf("tools (-want +got):\n%s", diff)
	}
	if r.Body.Unseen != "" || !r.Body.Stream || r.MaxOutput != 0 || r.Model != "gpt-5-codex" {
		t.Errorf("%+v, %+v", r, r.Body)
	}
}

// What only the provider has is named; what is answered in the background is refused.
func TestResponsesNamesWhatItCannotSee(t *testing.T) {
	for members, want := range map[string]string{
		`"previous_response_id":"r"`:                                                 "previous_response_id",
		`"conversation":{"id":"c"}`:                                                  "conversation",
		`"prompt":{"id":"p"}`:                                                        "prompt",
		`"context_management":[{"type":"x"}]`:                                        "context_management",
		`"tools":[{"type":"web_search"}]`:                                            "tool web_search",
		`"tools":[{"type":"mcp","server_url":"u"}]`:                                  "tool mcp",
		`"tools":[{"type":"tool_search"}]`:                                           "tool tool_search",
		`"input":[{"type":"item_reference"}]`:                                        "item_reference",
		`"input":[{"id":"msg_1"}]`:                                                   "item_reference", // its type may be left out
		`"input":[{"type":null,"id":"msg_1","role":"user"}]`:                         "item_reference",
		`"input":[{"role":"user","content":"hi","id":"msg_1"}]`:                      "",
		`"input":[{"type":"compaction"}]`:                                            "compaction",
		`"background":false,"previous_response_id":null`:                             "",
		`"tools":[{"type":"namespace","name":"n","tools":[{"type":"file_search"}]}]`: "tool file_search",
		`"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]`:  "input_file",
	} {
		r, err := responses.Format.Parse([]byte(`{"model":"m",` + members + `}`))
		if err != nil || r.Body.Unseen != want {
			t.Errorf("%s: %+v, error %v", members, r, err)
		}
	}
	for _, value := range []string{"true", `"true"`, "1"} {
		var unmetered *wire.UnmeteredError
		if _, err := responses.Format.Parse([]byte(`{"model":"m","input":"a","background":` + value + `}`)); !errors.As(err, &unmetered) {
			t.Errorf("background %s: %v", value, err)
		}
	}
	for extra, refused := range map[string]bool{`{"max_output_tokens":9}`: true, `{"Background":true}`: true, `{"seed":1}`: false} {
		_, err := responses.Format.Parse([]byte(`{"model":"m","input":"a","extra_body":` + extra + `}`))
		if refused != (err != nil) {
			t.Errorf("extra_body %s: %v", extra, err)
		}
	}
}

// Answers as servers give them, with what is left out, said otherwise, or not said.
func TestResponsesReadsOddAnswers(t *testing.T) {
	const usage = `,"usage":{"input_tokens":12,"output_tokens":5}`
	message := `{"type":"message","content":[{"type":"output_text","text":"a"}]}`
	for name, tt := range map[string]struct {
		body string
		want wire.Response
	}{
		"no status":        {`{"output":[` + message + `]` + usage + `}`, wire.Response{Text: "a", Finish: wire.FinishStop}},
		"cut by the cap":   {`{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[` + message + `]` + usage + `}`, wire.Response{Text: "a", Finish: wire.FinishLength}},
		"filtered":         {`{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]` + usage + `}`, wire.Response{Finish: wire.FinishFilter}},
		"cut, nobody says": {`{"status":"incomplete","output":[` + message + `]` + usage + `}`, wire.Response{Text: "a", Finish: "incomplete"}},
		"under way":        {`{"status":"queued","output":[]` + usage + `}`, wire.Response{}},
		"a refusal": {`{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]` + usage + `}`,
			wire.Response{Text: "No.", Refusal: "No.", Finish: wire.FinishFilter}},
		"content as a string": {`{"status":"completed","output":[{"type":"message","content":"a"}]` + usage + `}`, wire.Response{Text: "a", Finish: wire.FinishStop}},
		"output as a string":  {`{"status":"completed","output":"a"` + usage + `}`, wire.Response{Text: "a", Finish: wire.FinishStop}},
		"reasoning as text": {`{"status":"completed","output":[{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},` + message + `]` + usage + `}`,
			wire.Response{Text: "a", Reasoning: "hm", Finish: wire.FinishStop}},
		"logprobs": {`{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a","logprobs":[{"token":"a","logprob":-0.5},{"logprob":-Infinity}]}]}]` + usage + `}`,
			wire.Response{Text: "a", Logprobs: []byte(`[{"token":"a","logprob":-0.5}]`), Finish: wire.FinishStop}},
		"what the provider's servers did": {`{"status":"completed","output":[{"type":"web_search_call","id":"w"},{"type":"mcp_call","id":"m","output":"long"},` + message + `]` + usage + `}`,
			wire.Response{Text: "a", Finish: wire.FinishStop}},
		"arguments as an object": {`{"status":"completed","output":[{"type":"function_call","call_id":"c","name":"f","arguments":{"x":1}}]` + usage + `}`,
			wire.Response{ToolCalls: []wire.ToolCall{{ID: "c", Name: "f", Arguments: `{"x":1}`}}, Finish: wire.FinishTools}},
	} {
		got, err := responses.Format.Decode([]byte(tt.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&tt.want, got, onlySaid); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if u := figuresOf(got); u == nil || *u != (budget.Usage{Input: 12, Output: 5}) {
			t.Errorf("%s: usage %+v", name, got.Usage)
		}
	}
}

// Streams as servers send them: places and names left out, all alike, or wrong; the end with less than came before.
func TestResponsesReadsOddStreams(t *testing.T) {
	const (
		usage = `"usage":{"input_tokens":12,"output_tokens":5}`
		empty = `{"type":"response.completed","response":{"id":"r","status":"completed","output":[],` + usage + `}}`
		text  = `{"type":"response.output_text.delta","delta":"a"}`
	)
	item := func(kind, more string) string { return `{"type":"response.output_item.` + kind + `",` + more + `}` }
	call := func(id, arguments string) string {
		return `"item":{"type":"function_call","call_id":"` + id + `","name":"f","arguments":"` + arguments + `"}`
	}
	for name, tt := range map[string]struct {
		events []string
		want   wire.Response
		deltas string
	}{
		"deltas alone": {[]string{text, text, empty}, wire.Response{Text: "aa", Finish: wire.FinishStop}, "aa"},
		"items alone": {[]string{item("done", `"item":{"type":"message","content":[{"type":"output_text","text":"a"}]}`),
			item("done", `"item":{"type":"message","content":[{"type":"output_text","text":"b"}]}`), empty}, wire.Response{Text: "ab", Finish: wire.FinishStop}, "ab"},
		"neither places nor names": {[]string{item("added", `"item":{"type":"message","content":[]}`), text,
			item("done", `"item":{"type":"message","content":[{"type":"output_text","text":"a"}]}`), empty}, wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"one place for all": {[]string{item("added", `"output_index":0,`+call("c1", "")), `{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{}"}`,
			item("done", `"output_index":0,`+call("c1", "{}")), item("added", `"output_index":0,`+call("c2", "")), item("done", `"output_index":0,`+call("c2", "{}")), empty},
			wire.Response{ToolCalls: []wire.ToolCall{{ID: "c1", Name: "f", Arguments: "{}"}, {ID: "c2", Name: "f", Arguments: "{}"}}, Finish: wire.FinishTools}, ""},
		"the end alone": {[]string{`{"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],` + usage + `}}`},
			wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"an end that says it goes on": {[]string{text, strings.Replace(empty, `"status":"completed"`, `"status":"in_progress"`, 1)}, wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"an end by the cap":           {[]string{text, strings.Replace(empty, "response.completed", "response.incomplete", 1)}, wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"an end by the cap, no word": {[]string{text, `{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},` + usage + `}}`},
			wire.Response{Text: "a", Finish: wire.FinishLength}, "a"},
		"a whole answer":   {[]string{`{"object":"response","status":"completed","output":[{"type":"message","content":"a"}],` + usage + `}`}, wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"events of others": {[]string{`{"type":"codex.rate_limits","plan":"x"}`, `{"type":"keepalive"}`, `{}`, "", "null", text, empty}, wire.Response{Text: "a", Finish: wire.FinishStop}, "a"},
		"a refusal":        {[]string{`{"type":"response.refusal.delta","delta":"No."}`, empty}, wire.Response{Text: "No.", Refusal: "No.", Finish: wire.FinishFilter}, "No."},
	} {
		s := responses.Format.Stream()
		var deltas string
		for _, event := range tt.events {
			d, hide, err := s.Event("", []byte(event))
			if err != nil || hide {
				t.Errorf("%s: %s: hide %v, error %v", name, event, hide, err)
			}
			deltas += d.Text
		}
		if diff := cmp.Diff(&tt.want, s.Response(), onlySaid); diff != "" || !s.Done() || deltas != tt.deltas {
			t.Errorf("%s: done %v, deltas %q (-want +got):\n%s", name, s.Done(), deltas, diff)
		}
		if u := figuresOf(s.Response()); u == nil || *u != (budget.Usage{Input: 12, Output: 5}) {
			t.Errorf("%s: usage %+v", name, s.Response().Usage)
		}
	}
}

// A failure without figures before any output cost nothing; after it began, it may have, also where nothing is shown.
func TestResponsesReadsFailures(t *testing.T) {
	const (
		failed    = `{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"It broke."},"usage":null}}`
		event     = `{"type":"error","code":"rate_limit_exceeded","message":"Try again in 2s.","param":null}`
		wrapped   = `{"type":"error","error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"Too long."}}`
		reasoning = `{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[]}}`
		cancelled = `{"type":"response.failed","response":{"status":"cancelled"}}`
	)
	for name, tt := range map[string]struct {
		events   []string
		class    wire.Class
		code     string
		unbilled bool
	}{
		"failed at once":         {[]string{failed}, wire.Server, "server_error", true},
		"failed while it thinks": {[]string{reasoning, failed}, wire.Server, "server_error", false},
		"too fast":               {[]string{event}, wire.RateLimit, "rate_limit_exceeded", true},
		"too long":               {[]string{wrapped}, wire.Invalid, "context_length_exceeded", true},
		"cancelled":              {[]string{cancelled}, wire.Server, "", false},
	} {
		s := responses.Format.Stream()
		var e *wire.Error
		for _, event := range tt.events {
			if _, _, err := s.Event("", []byte(event)); err != nil && !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if e == nil || e.Class != tt.class || e.Code != tt.code || e.Unbilled() != tt.unbilled || e.Message == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	r, err := responses.Format.Decode([]byte(`{"status":"failed","error":{"code":"server_error","message":"x"},"output":[],"usage":{"input_tokens":12,"output_tokens":5}}`))
	if e := wire.AsError(err); r != nil || e == nil || e.Unbilled() || e.Answer == nil || *figuresOf(e.Answer) != (budget.Usage{Input: 12, Output: 5}) {
		t.Errorf("a failure with usage: %+v, %v", r, err)
	}
}

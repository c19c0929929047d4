package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// Key is the key that the suite gives to clients, and Prompt what it asks. No error may repeat either.
const (
	Key    = "sk-test-0123456789abcdef"
	Prompt = "the quick brown fox jumps over the lazy dog"
)

// NewClient makes the client under test for a provider at a base URL.
type NewClient func(t *testing.T, baseURL, key string) middleware.Client

// TestClient runs the suite that every client of a provider passes, in one format. The client must use
// net/http's connections or say as exactly as they do how far a request came.
func TestClient(t *testing.T, f wire.Format, newClient NewClient) {
	suite := suite{f, newClient}
	t.Run("plain answers", suite.testPlain)
	t.Run("streamed answers", suite.testStream)
	t.Run("several answers", suite.testChoices)
	t.Run("what is sent", suite.testRequest)
	t.Run("failures", suite.testFailures)
	t.Run("unreachable", suite.testUnreachable)
	t.Run("cancelled", suite.testCancelled)
	t.Run("redirects", suite.testRedirect)
	t.Run("nothing leaks", suite.testRedaction)
}

type suite struct {
	format    wire.Format
	newClient NewClient
}

// start returns a server that answers with a, and a client for it.
func (s suite) start(t *testing.T, a Answer) (*Server, middleware.Client) {
	t.Helper()
	server := NewServer()
	t.Cleanup(server.Close)
	server.RequireKey(Key)
	server.Always(a)
	return server, s.newClient(t, server.URL(s.format), Key)
}

func request() *wire.Request {
	return &wire.Request{Model: "gpt-4o", Messages: wire.Prompt(Prompt), MaxOutput: 64}
}

// usage has a figure in every bucket that both formats report.
var usage = budget.Usage{Input: 100, CacheRead: 70, CacheWrite5m: 30, Output: 40, Reasoning: 25}

var toolCalls = []wire.ToolCall{{ID: "call_1", Name: "weather", Arguments: `{"city":"Bern"}`}}

func (s suite) testPlain(t *testing.T) {
	tests := map[string]struct {
		answer Answer
		want   wire.Response
	}{
		"text": {Answer{Text: "one two", Usage: &usage},
			wire.Response{Text: "one two", Finish: wire.FinishStop, Usage: &usage}},
		"tools": {Answer{ToolCalls: toolCalls, Usage: &usage},
			wire.Response{ToolCalls: toolCalls, Finish: wire.FinishTools, Usage: &usage}},
		"cut by the cap": {Answer{Text: strings.Repeat("a ", 100), Usage: &usage},
			wire.Response{Text: strings.Repeat("a ", 64), Finish: wire.FinishLength, Usage: &usage}},
		"no usage": {Answer{Text: "one", NoUsage: true}, wire.Response{Text: "one", Finish: wire.FinishStop}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, client := s.start(t, tt.answer)
			got, err := client.Generate(t.Context(), request())
			check(t, got, err, tt.want)
			if server.Calls() != 1 {
				t.Errorf("%d calls, want 1", server.Calls())
			}
		})
	}
}

// check compares an answer, but for the names that the provider gives.
func check(t *testing.T, got *wire.Response, err error, want wire.Response) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got.RequestID == "" {
		t.Error("no request id")
	}
	want.Model, want.RequestID = "gpt-4o", got.RequestID
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (s suite) testStream(t *testing.T) {
	tests := map[string]struct {
		answer Answer
		want   wire.Response
	}{
		"text": {Answer{Text: "one two three", Usage: &usage},
			wire.Response{Text: "one two three", Finish: wire.FinishStop, Usage: &usage}},
		"text and tools": {Answer{Text: "so ", ToolCalls: toolCalls, Usage: &usage},
			wire.Response{Text: "so ", ToolCalls: toolCalls, Finish: wire.FinishTools, Usage: &usage}},
		"no usage": {Answer{Text: "one", NoUsage: true}, wire.Response{Text: "one", Finish: wire.FinishStop}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, client := s.start(t, tt.answer)
			var deltas []string
			r := request()
			r.OnDelta = func(d wire.Delta) { deltas = append(deltas, d.Text) }
			got, err := client.Generate(t.Context(), r)
			check(t, got, err, tt.want)
			if strings.Join(deltas, "") != tt.want.Text {
				t.Errorf("deltas %q make another text than %q", deltas, tt.want.Text)
			}
		})
	}
	t.Run("a stream without an end", s.testUnended)
	t.Run("a server that cannot stream", func(t *testing.T) {
		_, client := s.start(t, Answer{Body: new(plainBody(s.format))})
		var deltas []string
		r := request()
		r.OnDelta = func(d wire.Delta) { deltas = append(deltas, d.Text) }
		got, err := client.Generate(t.Context(), r)
		if err != nil || got.Text != "whole" || len(deltas) != 1 || deltas[0] != "whole" {
			t.Errorf("answer %+v, deltas %q, error %v", got, deltas, err)
		}
	})
}

// testUnended ends a stream after the event that says why, without a blank line or a last word.
func (s suite) testUnended(t *testing.T) {
	p := voiceOf(s.format).stream(&wire.Request{Raw: &wire.Raw{}}, Answer{Text: "one two", NoUsage: true}.complete(request()))
	body := strings.Join(slices.Concat(p.open, p.text, p.end[:1]), "")
	body = strings.TrimSuffix(body, "\n")
	_, client := s.start(t, Answer{Body: &body, Header: map[string]string{"Content-Type": "text/event-stream"}})
	r := request()
	r.OnDelta = func(wire.Delta) {}
	got, err := client.Generate(t.Context(), r)
	check(t, got, err, wire.Response{Text: "one two", Finish: wire.FinishStop})
}

// plainBody is a whole answer as the server writes it.
func plainBody(f wire.Format) string {
	return voiceOf(f).plain(request(), Answer{Text: "whole"}.complete(request()))
}

func (s suite) testChoices(t *testing.T) {
	server, client := s.start(t, Answer{Text: "one two"})
	for _, stream := range []bool{false, true} {
		r := request()
		r.Choices = 3
		if stream {
			r.OnDelta = func(wire.Delta) {}
		}
		got, err := client.Generate(t.Context(), r)
		if s.format != wire.OpenAI {
			if wire.AsError(err).Class != wire.Invalid || server.Calls() != 0 {
				t.Errorf("a format with one answer: error %v, %d calls", err, server.Calls())
			}
			continue
		}
		if err != nil || got.Text != "one two" || got.Usage.Output != 6 {
			t.Errorf("stream %v: answer %+v, error %v", stream, got, err)
		}
	}
}

func (s suite) testRequest(t *testing.T) {
	server, client := s.start(t, Answer{})
	r := request()
	before := *r
	if _, err := client.Generate(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&before, r); diff != "" {
		t.Errorf("the request was changed:\n%s", diff)
	}
	seen := server.Requests()[0]
	want, _ := s.format.Encode(r)
	if seen.Body != string(want) {
		t.Errorf("sent %s\nwant %s", seen.Body, want)
	}
	if seen.Header.Get("Content-Type") != "application/json" {
		t.Errorf("content type %q", seen.Header.Get("Content-Type"))
	}
	if strings.Contains(seen.Path+seen.Body, Key) {
		t.Error("the key is in the path or the body")
	}
}

// failing is one row of the table of failures.
type failing struct {
	name     string
	answer   Answer
	stream   bool
	class    wire.Class
	unbilled bool
	started  bool
	retry    time.Duration
}

func failures() []failing {
	const second = time.Second
	after := map[string]string{"Retry-After": "7"}
	return []failing{
		{name: "401", answer: Answer{Status: 401}, class: wire.Auth, unbilled: true},
		{name: "403", answer: Answer{Status: 403}, class: wire.Auth, unbilled: true},
		{name: "404", answer: Answer{Status: 404}, class: wire.Invalid, unbilled: true},
		{name: "413", answer: Answer{Status: 413}, class: wire.Invalid, unbilled: true},
		{name: "429", answer: Answer{Status: 429}, class: wire.RateLimit, unbilled: true},
		{name: "429 with a wait", answer: Answer{Status: 429, Header: after}, class: wire.RateLimit, unbilled: true, retry: 7 * second},
		{name: "429 with a reset", answer: Answer{Status: 429, Header: map[string]string{"x-ratelimit-reset-requests": "2s"}},
			class: wire.RateLimit, unbilled: true, retry: 2 * second},
		{name: "out of quota", answer: Answer{Status: 429, Code: "insufficient_quota"}, class: wire.Quota, unbilled: true},
		{name: "out of credit", answer: Answer{Status: 400, Message: "Your credit balance is too low"}, class: wire.Quota, unbilled: true},
		{name: "500", answer: Answer{Status: 500}, class: wire.Server, unbilled: true},
		{name: "502", answer: Answer{Status: 502}, class: wire.Server},
		{name: "503 with a wait", answer: Answer{Status: 503, Header: after}, class: wire.Server, unbilled: true, retry: 7 * second},
		{name: "504", answer: Answer{Status: 504}, class: wire.Server},
		{name: "529", answer: Answer{Status: 529}, class: wire.Server, unbilled: true},
		{name: "error before a stream", answer: Answer{Status: 500}, stream: true, class: wire.Server, unbilled: true},
		{name: "empty body", answer: Answer{Body: new("")}, class: wire.Garbled},
		{name: "garbage", answer: Answer{Body: new("<html>busy</html>")}, class: wire.Garbled},
		{name: "half a JSON", answer: Answer{Body: new(`{"id":"x","choi`)}, class: wire.Garbled},
		{name: "no answer in it", answer: Answer{Body: new(`{}`)}, class: wire.Garbled},
		{name: "garbage in a stream", stream: true, class: wire.Garbled, answer: Answer{
			Body: new("data: {oops\n\n"), Header: map[string]string{"Content-Type": "text/event-stream"}}},
		{name: "an endless event", stream: true, class: wire.Garbled, answer: Answer{
			Body: new("data: " + strings.Repeat("x", 9<<20)), Header: map[string]string{"Content-Type": "text/event-stream"}}},
		{name: "error in a stream", stream: true, class: wire.Server, answer: Answer{
			Body:   new("data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"),
			Header: map[string]string{"Content-Type": "text/event-stream"}}},
		{name: "empty stream", stream: true, class: wire.Lost, answer: Answer{
			Body: new(""), Header: map[string]string{"Content-Type": "text/event-stream"}}},
		{name: "cut before the headers", answer: Answer{Fault: CutBeforeHeaders}, class: wire.Lost},
		{name: "cut before the body", answer: Answer{Fault: CutBeforeText}, class: wire.Lost},
		{name: "cut in the body", answer: Answer{Fault: CutInText}, class: wire.Lost},
		{name: "stream cut before the headers", answer: Answer{Fault: CutBeforeHeaders}, stream: true, class: wire.Lost},
		{name: "stream cut before the text", answer: Answer{Fault: CutBeforeText}, stream: true, class: wire.Lost},
		{name: "stream cut in the text", answer: Answer{Text: "a b", Fault: CutInText}, stream: true, class: wire.Lost, started: true},
	}
}

func (s suite) testFailures(t *testing.T) {
	for _, tt := range failures() {
		t.Run(tt.name, func(t *testing.T) {
			tt.answer.Header = withID(tt.answer.Header)
			server, client := s.start(t, tt.answer)
			r := request()
			if tt.stream {
				r.OnDelta = func(wire.Delta) {}
			}
			_, err := client.Generate(t.Context(), r)
			var e *wire.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v is no *wire.Error", err)
			}
			if e.Class != tt.class || !e.Sent || e.Unbilled() != tt.unbilled || e.Started != tt.started || e.Usage != nil {
				t.Errorf("%+v, unbilled %v; want class %s, sent, unbilled %v, started %v",
					e, e.Unbilled(), tt.class, tt.unbilled, tt.started)
			}
			if e.RetryAfter != tt.retry {
				t.Errorf("wait %v, want %v", e.RetryAfter, tt.retry)
			}
			if tt.answer.Fault != CutBeforeHeaders && e.RequestID != "req-7" {
				t.Errorf("request id %q", e.RequestID)
			}
			if server.Calls() != 1 {
				t.Errorf("%d calls for one attempt", server.Calls())
			}
		})
	}
	t.Run("usage in a garbled answer", func(t *testing.T) {
		body := map[string]string{
			"openai":    `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}`,
			"anthropic": `{"type":"none","usage":{"input_tokens":5,"output_tokens":0}}`,
		}[s.format.Name()]
		_, client := s.start(t, Answer{Body: &body})
		_, err := client.Generate(t.Context(), request())
		if e := wire.AsError(err); e.Usage == nil || e.Usage.Input != 5 || e.Unbilled() {
			t.Errorf("%+v", e)
		}
	})
}

func withID(header map[string]string) map[string]string {
	all := map[string]string{"x-request-id": "req-7"}
	for name, value := range header {
		all[name] = value
	}
	return all
}

func (s suite) testUnreachable(t *testing.T) {
	server := NewServer()
	client := s.newClient(t, server.URL(s.format), Key)
	server.Close()
	_, err := client.Generate(t.Context(), request())
	var e *wire.Error
	if !errors.As(err, &e) || e.Class != wire.Unreachable || e.Sent || !e.Unbilled() {
		t.Errorf("%+v", e)
	}
}

func (s suite) testCancelled(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	server, client := s.start(t, Answer{})
	_, err := client.Generate(cancelled, request())
	if e := wire.AsError(err); e.Sent || !errors.Is(err, context.Canceled) || server.Calls() != 0 {
		t.Errorf("before sending: %+v, %d calls", e, server.Calls())
	}
	for name, fault := range map[string]Fault{"before the headers": HangBeforeHeaders, "in the body": HangInText} {
		for _, stream := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server, client := s.start(t, Answer{})
			r, started := request(), stream && fault == HangInText
			if stream {
				r.OnDelta = func(wire.Delta) { cancel() }
			}
			server.Script(func(int, *wire.Request) Answer {
				if !started {
					cancel()
				}
				return Answer{Text: "a b", Fault: fault}
			})
			_, err := client.Generate(ctx, r)
			e := wire.AsError(err)
			if !errors.Is(err, context.Canceled) || e.Class != wire.Lost || !e.Sent || e.Unbilled() || e.Started != started {
				t.Errorf("%s, stream %v: %+v", name, stream, e)
			}
		}
	}
}

func (s suite) testRedirect(t *testing.T) {
	target, _ := s.start(t, Answer{})
	_, client := s.start(t, Answer{Status: http.StatusTemporaryRedirect, Body: new(""),
		Header: map[string]string{"Location": target.URL(s.format) + s.format.Path()}})
	_, err := client.Generate(t.Context(), request())
	if e := wire.AsError(err); e.Class != wire.Invalid || !e.Unbilled() || target.Calls() != 0 {
		t.Errorf("%+v, the target had %d calls", e, target.Calls())
	}
}

func (s suite) testRedaction(t *testing.T) {
	for _, message := range []string{"bad key " + Key, "refused: " + Prompt, "line\nline\x1b[31m" + strings.Repeat("x", 1000)} {
		_, client := s.start(t, Answer{Status: 400, Message: message})
		_, err := client.Generate(t.Context(), request())
		shown := err.Error()
		if whole, jsonErr := json.Marshal(wire.AsError(err)); jsonErr == nil {
			shown += string(whole)
		}
		if strings.Contains(shown, Key) || strings.Contains(shown, Prompt) || strings.ContainsAny(shown, "\n\x1b") || len(shown) > 1500 {
			t.Errorf("the error shows too much: %q", shown)
		}
	}
}

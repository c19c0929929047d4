package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
)

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
		{name: "403", answer: Answer{Status: 403}, class: wire.Forbidden, unbilled: true},
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
		{name: "error in a stream", stream: true, class: wire.Server, unbilled: true, answer: Answer{
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
		if tt.answer.Code != "" && s.format == ollama.Format { // whose errors are a text
			continue
		}
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
			if e.Class != tt.class || !e.Sent || e.Unbilled() != tt.unbilled || e.Started != tt.started || knowsAll(e.Answer) {
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
			"gemini":    `{"candidates":[],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":0}}`,
			"openai":    `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}`,
			"azure":     `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}`,
			"anthropic": `{"type":"none","usage":{"input_tokens":5,"output_tokens":0}}`,
			"responses": `{"object":"none","usage":{"input_tokens":5,"output_tokens":0}}`,
			"ollama":    `{"prompt_eval_count":5,"eval_count":0}`,
		}[s.format.Name()]
		_, client := s.start(t, Answer{Body: &body})
		_, err := client.Generate(t.Context(), request())
		if e := wire.AsError(err); e.Answer == nil || e.Answer.Usage == nil || e.Answer.Usage.Input != 5 || e.Unbilled() {
			t.Errorf("%+v", e)
		}
	})
}

// knowsAll reports whether an answer that failed tells its whole usage. The input that a stream began with is half of it.
func knowsAll(r *wire.Response) bool { return r != nil && r.Usage != nil && r.Usage.Unknown == 0 }

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

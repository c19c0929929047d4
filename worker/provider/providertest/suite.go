package providertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/sse"
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
			wire.Response{Text: "one two", Finish: wire.FinishStop, Usage: &wire.Usage{Usage: usage}}},
		"tools": {Answer{ToolCalls: toolCalls, Usage: &usage},
			wire.Response{ToolCalls: toolCalls, Finish: wire.FinishTools, Usage: &wire.Usage{Usage: usage}}},
		"cut by the cap": {Answer{Text: strings.Repeat("a ", 100), Usage: &usage},
			wire.Response{Text: strings.Repeat("a ", 64), Finish: wire.FinishLength, Usage: &wire.Usage{Usage: usage}}},
		"no usage": {Answer{Text: "one", NoUsage: true}, wire.Response{Text: "one", Finish: wire.FinishStop}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, client := s.start(t, tt.answer)
			got, err := client.Generate(t.Context(), request())
			s.check(t, got, err, tt.want)
			if server.Calls() != 1 {
				t.Errorf("%d calls, want 1", server.Calls())
			}
		})
	}
}

// check compares an answer, but for the names that the provider gives. Ollama gives none, and tells sums.
func (s suite) check(t *testing.T, got *wire.Response, err error, want wire.Response) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	sums := s.format == ollama.Format
	if got.RequestID == "" && !sums {
		t.Error("no request id")
	}
	if sums && want.Usage != nil {
		want.Usage = &wire.Usage{Usage: budget.Usage{Input: want.Usage.InputTokens(), Output: want.Usage.Output}}
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
			wire.Response{Text: "one two three", Finish: wire.FinishStop, Usage: &wire.Usage{Usage: usage}}},
		"text and tools": {Answer{Text: "so ", ToolCalls: toolCalls, Usage: &usage},
			wire.Response{Text: "so ", ToolCalls: toolCalls, Finish: wire.FinishTools, Usage: &wire.Usage{Usage: usage}}},
		"no usage": {Answer{Text: "one", NoUsage: true}, wire.Response{Text: "one", Finish: wire.FinishStop}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, client := s.start(t, tt.answer)
			var deltas []string
			r := request()
			r.OnDelta = func(d wire.Delta) { deltas = append(deltas, d.Text) }
			got, err := client.Generate(t.Context(), r)
			s.check(t, got, err, tt.want)
			if strings.Join(deltas, "") != tt.want.Text {
				t.Errorf("deltas %q make another text than %q", deltas, tt.want.Text)
			}
			r = request()
			r.Stream = true // nobody listens
			got, err = client.Generate(t.Context(), r)
			s.check(t, got, err, tt.want)
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
	p := streamed(s.format, &wire.Request{Body: &wire.Body{}}, Answer{Text: "one two", NoUsage: true}.complete(request()))
	body := strings.Join(slices.Concat(p.open, p.text), "")
	for _, event := range p.end {
		if body += event; s.ended(t, body) {
			break
		}
	}
	body = strings.TrimSuffix(body, "\n")
	_, client := s.start(t, Answer{Body: &body, Header: map[string]string{"Content-Type": p.mediaType}})
	r := request()
	r.OnDelta = func(wire.Delta) {}
	got, err := client.Generate(t.Context(), r)
	s.check(t, got, err, wire.Response{Text: "one two", Finish: wire.FinishStop})
}

// ended reports whether a stream says why it ended.
func (s suite) ended(t *testing.T, stream string) bool {
	t.Helper()
	var events sse.Events
	list, err := events.Feed([]byte(stream))
	if err != nil {
		t.Fatal(err)
	}
	reader := s.format.Stream()
	for _, event := range list {
		if _, _, err := reader.Event(event.Name, event.Data); err != nil {
			t.Fatal(err)
		}
	}
	return reader.Response().Finish != ""
}

// plainBody is a whole answer as the server writes it.
func plainBody(f wire.Format) string {
	return plain(f, request(), Answer{Text: "whole"}.complete(request()))
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
		if _, unable := s.format.Encode(r); unable != nil {
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

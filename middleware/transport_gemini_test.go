package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

const (
	askGemini   = `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}], "generationConfig":{"topK": 3}}`
	geminiPath  = "/v1beta/models/gemini-2.5-flash:"
	geminiFirst = `{"candidates": [{"content": {"parts": [{"text": "H{\"]"}],"role": "model"}}],"usageMetadata": {"promptTokenCount": 9,"totalTokenCount": 9}}`
	geminiLast  = `{"candidates": [{"content": {"parts": [{"text": "i"}]},"finishReason": "STOP"}],"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": 2,"totalTokenCount": 11}}`
)

// Every way in which Gemini answers is booked exactly, and reaches the client byte for byte, in whatever pieces it comes.
func TestGeminiAtTheDoor(t *testing.T) {
	const events, list = "data: " + geminiFirst + "\r\n\r\ndata: " + geminiLast + "\r\n\r\n", "[" + geminiFirst + "\n,\r\n" + geminiLast + "\n]\n"
	for name, tt := range map[string]struct {
		method, kind, body string
		deltas, text       string
	}{
		"plain":                                {"generateContent", "application/json; charset=UTF-8", geminiLast, "", "i"},
		"events":                               {"streamGenerateContent?alt=sse", "text/event-stream", events, "H{\"]i", "H{\"]i"},
		"a list":                               {"streamGenerateContent", "application/json; charset=UTF-8", list, "H{\"]i", "H{\"]i"},
		"a list of one":                        {"streamGenerateContent?alt=json", "application/json", "[" + geminiLast + "]", "i", "i"},
		"a list where events were asked for":   {"streamGenerateContent?alt=sse", "application/json", list, "", "H{\"]i"},
		"events where a list was asked for":    {"streamGenerateContent", "text/event-stream", events, "H{\"]i", "H{\"]i"},
		"an object where a list was asked for": {"streamGenerateContent", "application/json", geminiLast, "i", "i"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent string
			base := roundTripper(func(r *http.Request) (*http.Response, error) {
				body, _ := io.ReadAll(r.Body)
				sent = r.URL.RequestURI() + " " + string(body)
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {tt.kind}}, Body: io.NopCloser(iotest.OneByteReader(strings.NewReader(tt.body)))}, nil
			})
			var p probe
			resp, err := middleware.Transport(base, p.middleware).RoundTrip(foreign(t, geminiPath+tt.method, askGemini))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != tt.body {
				t.Errorf("the client got %q, error %v", got, err)
			}
			if want := geminiPath + tt.method + ` {"contents":[{"role":"user","parts":[{"text":"Hello"}]}], "generationConfig":{"topK": 3,"maxOutputTokens":100}}`; sent != want {
				t.Errorf("sent %s\nwant %s", sent, want)
			}
			answer, failed := p.only(t)
			if failed != nil || answer.Text != tt.text || p.deltas != tt.deltas || answer.Usage.Usage != (budget.Usage{Input: 9, Output: 2}) || answer.Usage.Unknown != 0 {
				t.Errorf("answer %+v, deltas %q, error %v", answer, p.deltas, failed)
			}
		})
	}
}

// A list that the client leaves, that breaks, or that is none ends as any stream does.
func TestAListThatDoesNotEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		body  string
		class wire.Class
	}{
		"cut":         {"[" + geminiFirst + "\n,\r\n{\"candidates\"", wire.Lost},
		"no JSON":     {"<html>\nno\n", wire.Garbled},
		"an error":    {"[" + geminiFirst + `,{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}]`, wire.Server},
		"only an end": {"]", wire.Lost},
	} {
		base := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(tt.body))}, nil
		})
		var p probe
		resp, err := middleware.Transport(base, p.middleware).RoundTrip(foreign(t, geminiPath+"streamGenerateContent", askGemini))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tt.body {
			t.Errorf("%s: the client got %q, error %v", name, got, err)
		}
		if _, failed := p.only(t); failed == nil || failed.Class != tt.class {
			t.Errorf("%s: error %v", name, failed)
		}
	}
}

// A list that goes on past what was paid for is cut, as any stream is.
func TestAListThatIsTooLongIsCut(t *testing.T) {
	piece := `{"candidates":[{"content":{"parts":[{"text":"` + strings.Repeat("word ", 20) + `"}]}}]},`
	base := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("[" + strings.Repeat(piece, 10_000)))}, nil
	})
	manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1_000_000)}})
	resp, err := middleware.Transport(base, middleware.Budget(manager, middleware.BudgetOptions{DefaultMaxOutput: 50})).RoundTrip(foreign(t, geminiPath+"streamGenerateContent", askGemini))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil || !strings.Contains(err.Error(), "past its output cap") || n > 200_000 {
		t.Errorf("%d bytes, error %v", n, err)
	}
}

// An embedding holds its input alone; what the provider says that it was is exact.
func TestEmbeddingsAreBooked(t *testing.T) {
	for answer, want := range map[string]int64{
		`{"embedding":{"values":[1]},"usageMetadata":{"promptTokenCount":3}}`: 3,
		`{"embedding":{"values":[1]}}`:                                        -1, // the hold
	} {
		base := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
		})
		manager := budget.New(budget.Config{Limits: budget.Limits{budget.Total: budget.TokenLimit(1000)}})
		resp, err := middleware.Transport(base, middleware.Budget(manager, middleware.BudgetOptions{})).
			RoundTrip(foreign(t, "/v1beta/models/gemini-embedding-001:embedContent", `{"content":{"parts":[{"text":"Hello there"}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		if got := manager.Total(); want >= 0 && got.Settled.Tokens != want || got.Settled.Tokens <= 0 || got.Settled.Tokens > 100 || got.Held.Tokens != 0 {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

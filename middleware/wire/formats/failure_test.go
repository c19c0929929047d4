package formats_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
	"github.com/orchestrate-go/orchestrate/middleware/wire/headers"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

func TestDecodeErrorClassesByStatusAndWord(t *testing.T) {
	const (
		noQuota  = `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
		badKey   = `{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}`
		tooFast  = `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`
		tooLong  = `{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}`
		noCredit = `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"},"request_id":"req_1"}`
		claudKey = `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`
		overload = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	)
	tests := []struct {
		status   int
		body     string
		class    wire.Class
		code     string
		unbilled bool
	}{
		{429, noQuota, wire.Quota, "insufficient_quota", true},
		{429, tooFast, wire.RateLimit, "rate_limit_exceeded", true},
		{401, badKey, wire.Auth, "invalid_api_key", true},
		{400, badKey, wire.Auth, "invalid_api_key", true},
		{400, tooLong, wire.Invalid, "context_length_exceeded", true},
		{400, noCredit, wire.Quota, "invalid_request_error", true},
		{401, claudKey, wire.Auth, "authentication_error", true},
		{529, overload, wire.Server, "overloaded_error", true},
		{200, overload, wire.Server, "overloaded_error", true},
		{403, ``, wire.Forbidden, "", true},
		{404, `{"error":"model 'x' not found"}`, wire.NoModel, "", true},
		{413, `<html>`, wire.Invalid, "", true},
		{500, `{"error":{"message":"oops","code":500}}`, wire.Server, "", true},
		{502, `Bad Gateway`, wire.Server, "", false},
		{504, ``, wire.Server, "", false},
		{503, `{"message":"down"}`, wire.Server, "", true},
		{307, ``, wire.Invalid, "", true},
		{101, ``, wire.Garbled, "", false}, // another protocol: nobody knows what it brings
		{400, `{"error":{"code":"` + strings.Repeat("x", 201) + `"}}`, wire.Invalid, "", true},
		{400, `{"error":{"code":"a prompt"}}`, wire.Invalid, "", true},
	}
	for _, tt := range tests {
		for _, f := range formats.All() {
			e := f.DecodeError(tt.status, []byte(tt.body))
			if e.Class != tt.class || e.Code != tt.code || e.Unbilled() != tt.unbilled || e.Status != tt.status || !e.Sent {
				t.Errorf("%s: %d %s: %+v, unbilled %v", f.Name(), tt.status, tt.body, e, e.Unbilled())
			}
		}
	}
}

func TestAMessageIsOneShortLine(t *testing.T) {
	long := "a\nb\x00\x1b[31mc\u202e  d\t" + strings.Repeat("ü", 400)
	body, _ := json.Marshal(map[string]any{"error": map[string]string{"message": long}})
	e := openai.Format.DecodeError(400, body)
	if !strings.HasPrefix(e.Message, "a b [31mc d ü") || len([]rune(e.Message)) != 300 {
		t.Errorf("message %q", e.Message)
	}
}

func TestRedactDropsAMessageThatRepeatsTheKeyOrThePrompt(t *testing.T) {
	const key = "sk-proj-0123456789abcdefghij"
	r := &wire.Request{
		Messages: []wire.Message{
			wire.Text("", "Translate: the quick\nbrown fox jumps over the lazy dog"),
			{Parts: []wire.Part{wire.CallPart(wire.ToolCall{Arguments: `{"iban":"CH9300762011623852957"}`})}},
		},
		Tools: []wire.Tool{{Description: "Reads the secret archive"}},
	}
	for message, dropped := range map[string]bool{
		"":                                      false,
		"max_tokens is too large":               false,
		"bad key sk-proj-*****ghij":             false,
		"bad key " + key:                        true,
		"bad key " + key[:16]:                   true,
		"refused: the quick brown fox jumps":    true,
		"refused: ...brown fox jumps...":        false, // fifteen characters
		"refused: ...brown fox jumps o...":      true,
		"refused: \"iban\":\"CH93007620116":     true,
		"tool \"Reads the secret archive\" bad": true,
	} {
		e := &wire.Error{Message: message}
		redact.Error(e, r, key)
		if (e.Message != message) != dropped || (dropped && !strings.Contains(e.Message, "dropped")) {
			t.Errorf("%q became %q", message, e.Message)
		}
	}
}

func TestReadHeader(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name   string
		status int
		header map[string]string
		want   time.Duration
	}{
		{"nothing", 429, nil, 0},
		{"seconds", 503, map[string]string{"retry-after": "7"}, 7 * time.Second},
		{"fraction", 429, map[string]string{"retry-after": "0.5"}, 500 * time.Millisecond},
		{"date", 503, map[string]string{"retry-after": "Sun, 01 Mar 2026 12:01:00 GMT"}, time.Minute},
		{"past date", 503, map[string]string{"retry-after": "Sun, 01 Mar 2026 11:01:00 GMT"}, 0},
		{"milliseconds first", 429, map[string]string{"retry-after-ms": "20", "retry-after": "7"}, 20 * time.Millisecond},
		{"garbage", 429, map[string]string{"retry-after": "soon"}, 0},
		{"negative", 429, map[string]string{"retry-after": "-3"}, 0},
		{"absurd", 429, map[string]string{"retry-after": "1e30"}, 0},
		{"not a number", 429, map[string]string{"retry-after": "NaN"}, 0},
		{"reset", 429, map[string]string{"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "12ms"}, 6 * time.Minute},
		{"reset of what is used up", 429, map[string]string{"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "5",
			"x-ratelimit-reset-tokens": "12ms", "x-ratelimit-remaining-tokens": "0"}, 12 * time.Millisecond},
		{"reset is for 429", 500, map[string]string{"x-ratelimit-reset-requests": "6m0s"}, 0},
		{"reset as a time", 429, map[string]string{"anthropic-ratelimit-tokens-reset": "2026-03-01T12:00:09Z"}, 9 * time.Second},
		{"retry-after before reset", 429, map[string]string{"retry-after": "1", "x-ratelimit-reset-requests": "6m0s"}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &wire.Error{Status: tt.status}
			headers.OfError(e, func(name string) string { return tt.header[name] }, now)
			if e.RetryAfter != tt.want {
				t.Errorf("wait %v, want %v", e.RetryAfter, tt.want)
			}
		})
	}
	for header, want := range map[string]string{"x-request-id": "req-1", "request-id": "req-1"} {
		e := &wire.Error{}
		headers.OfError(e, func(name string) string { return map[string]string{header: "req-1"}[name] }, now)
		if e.RequestID != want {
			t.Errorf("%s: %q", header, e.RequestID)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for _, p := range formats.Providers() {
		if got, err := formats.Of(p.Name()); err != nil || got.Format != p.Format {
			t.Errorf("%s: %v, error %v", p.Name(), got, err)
		}
	}
	for _, f := range formats.All() {
		if got := formats.ByRoute(&url.URL{Path: "/openai" + f.Path()}); got != f {
			t.Errorf("%s: its route is that of %v", f.Name(), got)
		}
		if h := f.Header("k"); len(h) <= len(f.Header("")) {
			t.Errorf("%s: a key adds no header: %v", f.Name(), h)
		}
	}
	if _, err := formats.Of("telex"); err == nil || !strings.Contains(err.Error(), "openai or anthropic") {
		t.Errorf("telex: %v", err)
	}
}

func FuzzReadHeader(f *testing.F) {
	f.Add("7", "6m0s", "2026-03-01T12:00:09Z", "req-1")
	f.Add("Sun, 01 Mar 2026 12:01:00 GMT", "-1s", "", "a b")
	f.Add("", "", `"api";r=0;t=55, limit=1, remaining=0, reset=3`, "")
	f.Fuzz(func(t *testing.T, after, reset, at, id string) {
		header := map[string]string{"retry-after": after, "retry-after-ms": reset, "x-ratelimit-reset-tokens": reset,
			"anthropic-ratelimit-requests-reset": at, "request-id": id, "ratelimit": at}
		e := &wire.Error{Status: 429}
		headers.OfError(e, func(name string) string { return header[name] }, time.Unix(1_772_366_400, 0))
		if e.RetryAfter < 0 || strings.ContainsAny(e.RequestID, " \n") {
			t.Errorf("wait %v, id %q", e.RetryAfter, e.RequestID)
		}
	})
}

func TestTerminalFailuresMeetEveryCall(t *testing.T) {
	for class, want := range map[wire.Class]bool{wire.Auth: true, wire.Quota: true, wire.RateLimit: false, wire.Server: false, wire.Invalid: false} {
		if e := (&wire.Error{Class: class}); e.Terminal() != want {
			t.Errorf("%s: terminal %v", class, e.Terminal())
		}
	}
}

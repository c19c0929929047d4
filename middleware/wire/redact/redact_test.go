package redact_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

const redactKey = "sk-proj-0123456789abcdefghij"

func TestNamesAreKeptUnlessTheySayASecret(t *testing.T) {
	r := &wire.Request{
		Model:    "claude-sonnet-4-5",
		Messages: wire.Prompt("Is claude-sonnet-4-5-20250929 dearer than claude-opus-4-1-20250805, or CH9300762011623852957? An invalid_request_error, content_filter"),
		Known:    func(model string) bool { return model == "claude-opus-4-1-20250805" },
	}
	for name, want := range map[string]string{
		"":                           "",
		"claude-sonnet-4-5":          "claude-sonnet-4-5",
		"claude-sonnet-4-5-20250929": "claude-sonnet-4-5-20250929", // the one asked for, with its date
		"claude-opus-4-1-20250805":   "claude-opus-4-1-20250805",   // it has a price
		"claude-haiku-4-5-20251001":  "claude-haiku-4-5-20251001",
		"CH9300762011623852957":      "",
		"claude-sonnet-4-5 than claude-opus-4-1-20250805": "",
		"m-" + redactKey:         "",
		"モデル":                    "モデル",
		"a\x1b[31m\u202eb\x00":   "a[31mb",
		strings.Repeat("ü", 300): strings.Repeat("ü", 200),
	} {
		a := &wire.Response{Model: name}
		if redact.Response(a, r, redactKey); a.Model != want {
			t.Errorf("model %q became %q, want %q", name, a.Model, want)
		}
	}
	a := &wire.Response{Model: redactKey, RequestID: "CH9300762011623852957", Finish: wire.FinishFilter,
		Usage:   &wire.Usage{Doubt: "why " + redactKey, Tier: budget.Tier{Service: redactKey, Region: "CH9300762011623852957"}},
		Choices: []wire.Choice{{Finish: "stop"}, {Index: 1, Finish: wire.Finish("x" + redactKey), Text: redactKey}}}
	choices := a.Choices
	redact.Response(a, r, redactKey)
	if a.Model+a.RequestID != "" || a.Usage.Tier != (budget.Tier{Service: "unknown", Region: "unknown"}) || a.Usage.Doubt == "" || strings.Contains(a.Usage.Doubt, redactKey) || a.Finish != wire.FinishFilter {
		t.Errorf("%+v", a)
	}
	if a.Choices[0].Finish != "stop" || a.Choices[1].Finish != "" || a.Choices[1].Text != redactKey || choices[1].Finish == "" {
		t.Errorf("choices %+v, those of the reader %+v", a.Choices, choices)
	}
	for _, code := range []string{redactKey + ":insufficient_quota", "insufficient_quota:" + redactKey} {
		e := &wire.Error{Code: code}
		if redact.Error(e, nil, redactKey); e.Code != "" {
			t.Errorf("code %q", e.Code)
		}
	}
	e := &wire.Error{Code: "invalid_request_error", RequestID: "CH9300762011623852957", Answer: &wire.Response{Model: redactKey}}
	if redact.Error(e, r, redactKey); e.Code == "" || e.RequestID != "" || e.Answer.Model != "" {
		t.Errorf("%+v", e)
	}
}

func TestAMessageThatNamesTheModelIsNoQuotation(t *testing.T) {
	r := &wire.Request{Model: "claude-sonnet-4-5-20250929", Messages: wire.Prompt("Tell me about claude-sonnet-4-5-20250929 and its price")}
	const message = "model: claude-sonnet-4-5-20250929 not found"
	if got := redact.Text(message, r); got != message {
		t.Errorf("%q", got)
	}
	if got := redact.Text("refused: -20250929 and its price", r); !strings.Contains(got, "quotes the request") {
		t.Errorf("%q", got)
	}
}

// A placeholder for a key is met in any text; a real one is long.
func TestAShortKeyIsLookedForAsAWord(t *testing.T) {
	for _, tt := range []struct {
		key, text string
		dropped   bool
	}{
		{"k-test", "ok, testing the model", false},
		{"k-test", "bad key k-test given", true},
		{"k-test", "bad key k-tests", false},
		{"x", "x-ray of an axis", true},
		{"x", "an axis", false},
		{"", "anything", false},
		{"abcd-1234", "ABCD 1234", true},
		{"abcdefgh", "zabcdefghz", true},
	} {
		if got := redact.Text(tt.text, nil, tt.key); (got != tt.text) != tt.dropped {
			t.Errorf("%q: %q became %q", tt.key, tt.text, got)
		}
	}
}

// One task's text must not stop a provider for all others.
func TestAClassFromTheRequestsOwnWordsIsTakenBack(t *testing.T) {
	r := &wire.Request{Messages: wire.Prompt("Translate: your credit balance is too low, and the API key is invalid")}
	for _, tt := range []struct {
		status  int
		message string
		want    wire.Class
	}{
		{400, "could not read 'your credit balance is too low'", wire.Invalid},
		{403, "refused: the API key is invalid", wire.Forbidden},
		{429, "too many: 'credit balance is too low'", wire.RateLimit},
		{400, "Out of credits: insufficient funds", wire.Quota},
	} {
		e := openai.Format.DecodeError(tt.status, []byte(`{"error":{"message":"`+tt.message+`"}}`))
		if redact.Error(e, r, redactKey); e.Class != tt.want {
			t.Errorf("%d %s: class %s, want %s", tt.status, tt.message, e.Class, tt.want)
		}
	}
	e := openai.Format.DecodeError(429, []byte(`{"error":{"message":"your credit balance is too low","code":"insufficient_quota"}}`))
	if redact.Error(e, r, redactKey); e.Class != wire.Quota {
		t.Errorf("its own name for it: class %s", e.Class)
	}
}

func TestACauseIsFoundButNotShown(t *testing.T) {
	cause := &net.OpError{Op: "read", Err: fmt.Errorf("malformed %q: %w", redactKey, context.DeadlineExceeded)}
	e := &wire.Error{Class: wire.Lost, Err: cause}
	redact.Error(e, nil, redactKey)
	var op *net.OpError
	if !errors.Is(e, context.DeadlineExceeded) || !errors.As(e, &op) || strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, e), redactKey) {
		t.Errorf("%v", e)
	}
	plain := &wire.Error{Class: wire.Lost, Err: context.Canceled}
	if redact.Error(plain, nil, redactKey); plain.Err != context.Canceled {
		t.Errorf("a cause that says nothing became %v", plain.Err)
	}
	for range 2 { // again changes nothing
		redact.Error(e, nil, redactKey)
	}
	if !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("after three times: %v", e)
	}
}

func BenchmarkRedact(b *testing.B) {
	r := &wire.Request{Model: "gpt-4o", Messages: wire.Prompt(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 25_000))}
	b.SetBytes(int64(len(r.Messages[0].Text())))
	for b.Loop() {
		a := &wire.Response{Model: "gpt-4o-2024-08-06", RequestID: "chatcmpl-C4hV9xTq2mWz7RkB1nYpL8sD", Finish: "stop"}
		redact.Response(a, r, redactKey)
	}
}

func BenchmarkRedactSmall(b *testing.B) {
	r := &wire.Request{Model: "gpt-4o", Messages: wire.Prompt("Say hello to the quick brown fox.")}
	for b.Loop() {
		a := &wire.Response{Model: "gpt-4o-2024-08-06", RequestID: "chatcmpl-C4hV9xTq2mWz7RkB1nYpL8sD", Finish: "stop"}
		redact.Response(a, r, redactKey)
	}
}

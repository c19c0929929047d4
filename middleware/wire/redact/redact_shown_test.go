package redact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/redact"
)

// What is shown is shorter than what was said: white space is joined and what cannot be printed is left out. A secret
// that stands behind thousands of such characters, or between them, is no less one.
func TestASecretIsFoundInWhatIsShown(t *testing.T) {
	const prompt = "themergerwillbeannouncedonfriday"
	r := &wire.Request{Model: "gpt-4o", Messages: wire.Prompt(prompt)}
	apart := func(s string) string { return strings.Join(strings.Split(s, ""), "\u200b") }
	for name, said := range map[string]string{
		"a key behind what is not printed":    strings.Repeat("\u200b", 2000) + redactKey,
		"a prompt behind what is not printed": strings.Repeat("\x01", 5000) + prompt,
		"a prompt in pieces":                  apart(prompt),
		"a key in pieces":                     apart(redactKey),
		"a model's name before it":            "gpt-4o" + strings.Repeat("\x01", 5000) + prompt,
	} {
		t.Run(name, func(t *testing.T) {
			a := &wire.Response{Model: said, RequestID: said, Finish: wire.Finish(said)}
			if redact.Response(a, r, redactKey); a.Model != "" || a.RequestID != "" || a.Finish != "" {
				t.Errorf("model %q, request id %q, finish %q", a.Model, a.RequestID, a.Finish)
			}
		})
	}
	for name, said := range map[string]string{
		"a key behind spaces":    "malformed" + strings.Repeat(" ", 5000) + redactKey,
		"a prompt behind spaces": "malformed" + strings.Repeat("\u200b ", 5000) + prompt,
	} {
		t.Run(name, func(t *testing.T) {
			e := &wire.Error{Err: errors.New(said)}
			redact.Error(e, r, redactKey)
			for _, shown := range []string{e.Error(), redact.Text(said, r, redactKey)} {
				if strings.Contains(shown, redactKey) || strings.Contains(shown, prompt) {
					t.Errorf("%q", shown)
				}
			}
		})
	}
}

// An image's address is of the request like its texts, and often signed. Its host alone says nothing.
func TestAnImagesAddressIsNotSaidBack(t *testing.T) {
	const host, path = "https://images.example.com", "/holiday/4711.png?X-Amz-Signature=0f1e2d3c4b5a"
	for _, tt := range []struct {
		format wire.Format
		part   string
	}{
		{openai.Format, `{"type":"image_url","image_url":{"url":"` + host + path + `"}}`},
		{openai.Format, `{"type":"image_url","image_url":"` + host + path + `"}`},
		{anthropic.Format, `{"type":"image","source":{"type":"url","url":"` + host + path + `"}}`},
	} {
		r, err := tt.format.Parse([]byte(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[` + tt.part + `]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		for message, dropped := range map[string]bool{
			"cannot fetch " + host + path: true,
			"cannot reach " + host + "/":  false,
		} {
			if got := redact.Text(message, r); dropped != strings.Contains(got, "quotes the request") {
				t.Errorf("%s: %s: %q", tt.format.Name(), message, got)
			}
		}
	}
}

package formats_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire/formats"
)

// A provider serves its own models by their own names; what stands behind the label of a gateway or a cloud is not its.
func TestServing(t *testing.T) {
	for model, want := range map[string]string{
		"gpt-4o-mini": "openai", "gpt-5.5": "openai", "o3": "openai", "o4-mini": "openai", "chatgpt-4o-latest": "openai",
		"claude-haiku-4-5": "anthropic", "gemini-2.5-flash": "gemini",
		"": "", "sim": "", "llama3.2:1b": "", "openai/gpt-4o": "", "anthropic.claude-3": "", "ft:gpt-4o:acme::1": "", "mistral-large": "",
	} {
		p, ok := formats.Serving(model)
		if ok != (want != "") || ok && p.Name() != want {
			t.Errorf("%q: %v, want %q", model, ok, want)
		}
	}
}

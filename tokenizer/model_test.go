package tokenizer

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestForResolvesNames(t *testing.T) {
	tests := []struct {
		family   Family
		encoding string
		names    string
	}{
		{OpenAI, "o200k_base", "gpt-4o gpt-4o-mini gpt-4o-2024-05-13 GPT-4O chatgpt-4o-latest openai/gpt-4o openrouter/openai/gpt-4o openai:gpt-4o azure/gpt-4o-eu"},
		{OpenAI, "o200k_base", "gpt-4.1 gpt-4.1-mini gpt-4.5-preview gpt-5 gpt-5-nano gpt-5.1-codex gpt-5.1-2025-11-13 o1 o1-mini o3 o3-pro o4-mini o4-mini-2025-04-16"},
		{OpenAI, "o200k_base", "ft:gpt-4o-mini-2024-07-18:acme:tasks:AbC12 gpt-6 gpt-next chatgpt-6 sim"},
		{OpenAI, "o200k_harmony", "gpt-oss-120b openai/gpt-oss-20b gpt-oss:20b openai.gpt-oss-120b-1:0"},
		{OpenAI, "cl100k_base", "gpt-4 gpt-4-turbo gpt-4-0613 gpt-4-32k gpt-3.5-turbo gpt-3.5-turbo-16k gpt-35-turbo gpt-35-turbo-0613 ft:gpt-3.5-turbo-0613:acme::1 ft:babbage-002:acme::1 text-embedding-3-small text-embedding-ada-002"},
		{OpenAI, "p50k_base", "text-davinci-003 code-davinci-002"},
		{OpenAI, "r50k_base", "davinci text-ada-001 gpt2"},
		{Anthropic, "claude", "claude-2.1 claude-instant-1.2 claude-3-opus-20240229 claude-3-5-haiku@20241022 claude-opus-4-20250514 claude-opus-4-6 claude-sonnet-4.5 anthropic/claude-3.7-sonnet us.anthropic.claude-sonnet-4-20250514-v1:0 claude-haiku-4-5"},
		{Anthropic, "claude-2026", "claude-opus-4-7 claude-opus-4.7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-next anthropic/claude-opus-4.7"},
		{Gemini, "gemini", "gemini-2.5-pro models/gemini-1.5-flash google/gemini-3-pro publishers/google/models/gemini-2.0-flash gemma-3-27b-it gemma2:9b"},
		{Llama, "llama3", "llama3.1:8b llama-3.3-70b-versatile meta-llama/Llama-4-Scout-17B-16E-Instruct meta-llama/Meta-Llama-3-8B meta.llama3-70b-instruct-v1:0 deepseek-r1-distill-llama-70b accounts/fireworks/models/llama-v3p1-405b-instruct"},
		{Llama, "llama2", "llama2 llama-2-7b-chat meta-llama/Llama-2-70b-chat-hf codellama:13b"},
		{Mistral, "mistral", "mistral-large-latest mistral.mistral-7b-instruct-v0:2 mixtral-8x7b open-mistral-nemo codestral-2508 magistral-medium ministral-8b-latest"},
		{Qwen, "qwen", "qwen2.5-coder:7b Qwen/Qwen3-32B qwen-max qwq-32b deepseek-r1-distill-qwen-32b"},
		{DeepSeek, "deepseek", "deepseek-chat deepseek-reasoner deepseek/deepseek-r1:free deepseek-r1"},
		{Grok, "grok", "grok-4 grok-3-mini x-ai/grok-code-fast-1"},
	}
	for _, tt := range tests {
		for _, name := range strings.Fields(tt.names) {
			c := For(name)
			if c.Family() != tt.family || c.Encoding() != tt.encoding {
				t.Errorf("For(%q) = %s, %s; want %s, %s", name, c.Family(), c.Encoding(), tt.family, tt.encoding)
			}
		}
	}
}

func TestNoKnownNameIsTooLong(t *testing.T) {
	for name := range models {
		if len(name) > longestName || name != strings.ToLower(name) {
			t.Errorf("%s can't be found", name)
		}
	}
}

func TestNewerOpenAIModelsAreNotClaimedExact(t *testing.T) {
	if n := For("gpt-6").Count("one two three"); n.Kind != Estimate || n.Margin == 0 {
		t.Errorf("gpt-6: %+v, want an estimate with a margin", n)
	}
}

func TestUnknownNamesFallBackAndWarnOnce(t *testing.T) {
	log := captureLog(t)
	for range 3 {
		for _, name := range []string{"o15", "brandnew-1", "", "  ", "/", "ft:", "o1x"} {
			c := For(name)
			n := c.Count("twelve bytes")
			if c.Family() != Unknown || n.Kind != Estimate || n.Bound() < int64(len("twelve bytes"))/2 {
				t.Errorf("For(%q): %s, %+v", name, c.Family(), n)
			}
		}
	}
	for _, name := range []string{"o15", "brandnew-1", "o1x"} {
		if n := strings.Count(log.String(), "model="+name+"\n"); n != 1 {
			t.Errorf("%d warnings about %s, want 1:\n%s", n, name, log)
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	log := captureLog(t)
	for i := range 3 * maxWarnings {
		For(fmt.Sprintf("nobody-%d-%s", i, strings.Repeat("x", 1000)))
	}
	if n := strings.Count(log.String(), "\n"); n != maxWarnings+1 {
		t.Errorf("%d lines, want %d names and one that says there are more", n, maxWarnings)
	}
	if log.Len() > 400*maxWarnings {
		t.Errorf("%d bytes logged: long names are not cut", log.Len())
	}
}

// captureLog redirects the default logger and forgets earlier warnings for the length of a test.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var buf bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&buf, nil)))
	warned.seen = make(map[string]bool)
	t.Cleanup(func() {
		slog.SetDefault(before)
		warned.seen = make(map[string]bool)
	})
	return &buf
}

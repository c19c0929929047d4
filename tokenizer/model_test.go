package tokenizer

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestForResolvesNames(t *testing.T) {
	tests := []struct {
		family   Family
		encoding string
		names    string
	}{
		{OpenAI, "o200k_base", "gpt-4o gpt-4o-mini gpt-4o-2024-05-13 GPT-4O chatgpt-4o-latest openai/gpt-4o openrouter/openai/gpt-4o openai:gpt-4o azure/gpt-4o-eu"},
		{OpenAI, "o200k_base", "gpt-4.1 gpt-4.1-mini gpt-4.5-preview gpt-5 gpt-5-nano gpt-5.1-codex gpt-5.1-2025-11-13 o1 o1-mini o3 o3-pro o4-mini o4-mini-2025-04-16"},
		{OpenAI, "o200k_base", "ft:gpt-4o-mini-2024-07-18:acme:tasks:AbC12 gpt-6 gpt-6-mini gpt-6.1 gpt-image-1 chatgpt-6 sim"},
		{OpenAI, "o200k_base", "gpt-5-codex gpt-5.1-codex-max gpt-5-2025-08-07 gpt-5-pro gpt-5-chat-latest codex-mini-latest o3-deep-research o1-preview-2024-09-12 O4-Mini gpt-4o-mini-transcribe gpt-realtime"},
		{OpenAI, "o200k_base", "ft:gpt-4o-mini-2024-07-18:org:name:id openai/ft:gpt-4.1-nano-2025-04-14:acme/eu:v2:id FT:GPT-4o:Acme::1 ft:o4-mini-2025-04-16:acme:rl:id"},
		{OpenAI, "o200k_base", "gpt4o gpt4o-mini-prod gpt5 gpt41-eu azure/gpt-4o-mini-west gpt-4o@2024-08-06 openai/gpt-4o:extended"},
		{OpenAI, "o200k_harmony", "gpt-oss-120b openai/gpt-oss-20b gpt-oss:20b openai.gpt-oss-120b-1:0"},
		{OpenAI, "cl100k_base", "gpt-4 gpt-4-turbo gpt-4-0613 gpt-4-32k gpt-3.5-turbo gpt-3.5-turbo-16k gpt-35-turbo gpt-35-turbo-0613 ft:gpt-3.5-turbo-0613:acme::1 ft:babbage-002:acme::1 text-embedding-3-small text-embedding-ada-002"},
		{OpenAI, "cl100k_base", "GPT-35-Turbo-16k azure/gpt-35-turbo-1106 gpt35 gpt4 gpt4-turbo gpt-4-vision-preview gpt-4-1106-preview gpt-3.5-turbo:ft-acme-2023-08"},
		{OpenAI, "p50k_base", "text-davinci-003 code-davinci-002"},
		{OpenAI, "p50k_edit", "text-davinci-edit-001 code-davinci-edit-001"},
		{OpenAI, "r50k_base", "davinci text-ada-001 gpt2"},
		{Anthropic, "claude-2", "claude-2.1 claude-2 claude-instant-1.2 anthropic.claude-v2:1 claude-v1"},
		{Anthropic, "claude", "claude-3-opus-20240229 claude-3-5-haiku@20241022 claude-opus-4-20250514 claude-opus-4-6 claude-sonnet-4.5 anthropic/claude-3.7-sonnet us.anthropic.claude-sonnet-4-20250514-v1:0 claude-haiku-4-5"},
		{Anthropic, "claude", "claude-sonnet-4@20250514 vertex_ai/claude-3-5-sonnet-v2@20241022 openrouter/anthropic/claude-sonnet-4 claude-3-7-sonnet-latest Claude-3-Haiku-20240307"},
		{Anthropic, "claude", "eu.anthropic.claude-3-haiku-20240307-v1:0 us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0 bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0 arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0"},
		{Anthropic, "claude-2026", "apac.anthropic.claude-opus-4-7-v1:0 claude-opus-4-7@20260416 claude-sonnet-5 claude-haiku-5-20270101"},
		{Anthropic, "claude-2026", "claude-opus-4-7 claude-opus-4.7 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-next anthropic/claude-opus-4.7"},
		{Gemini, "gemini", "gemini-2.5-pro models/gemini-1.5-flash google/gemini-3-pro publishers/google/models/gemini-2.0-flash gemma-3-27b-it gemma2:9b"},
		{Llama, "llama3", "llama3.1:8b llama-3.3-70b-versatile meta-llama/Llama-4-Scout-17B-16E-Instruct meta-llama/Meta-Llama-3-8B meta.llama3-70b-instruct-v1:0 deepseek-r1-distill-llama-70b accounts/fireworks/models/llama-v3p1-405b-instruct"},
		{Llama, "llama2", "llama2 llama-2-7b-chat meta-llama/Llama-2-70b-chat-hf codellama:13b"},
		{Mistral, "mistral", "mistral-large-latest mistral.mistral-7b-instruct-v0:2 mixtral-8x7b open-mistral-nemo codestral-2508 magistral-medium ministral-8b-latest"},
		{Qwen, "qwen", "qwen2.5-coder:7b Qwen/Qwen3-32B qwen-max qwq-32b deepseek-r1-distill-qwen-32b"},
		{DeepSeek, "deepseek", "deepseek-chat deepseek-reasoner deepseek/deepseek-r1:free deepseek-r1 us.deepseek.r1-v1:0 deepseek.v3-v1:0 deepseek:deepseek-chat"},
		{DeepSeek, "deepseek", "deepseek-v3.1 deepseek-r1:671b deepseek-ai/DeepSeek-V3-0324 deepseek-chat-v3-0324:free"},
		{DeepSeek, "deepseek-other", "deepseek-r1:8b deepseek-r1:latest deepseek-coder deepseek-coder:6.7b deepseek-ai/deepseek-coder-33b-instruct deepseek-coder-v2:16b deepseek-llm:7b deepseek-llm-67b-chat deepseek-v2 deepseek-v2:16b DeepSeek-V2.5 deepseek-vl2"},
		{Qwen, "qwen", "deepseek-r1:1.5b deepseek-r1:7b deepseek-r1:14b deepseek-r1:32b ollama/deepseek-r1:32b-qwen-distill-q4_K_M deepseek-r1-0528-qwen3-8b deepseek/deepseek-r1-0528-qwen3-8b:free deepseek-r1:8b-0528-qwen3-q8_0 deepseek-r1-distill-qwen-1.5b"},
		{Llama, "llama3", "deepseek-r1:70b deepseek-r1:70b-llama-distill-q8_0 deepseek-r1:8b-llama-distill-fp16"},
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

// Whatever is before or after a name, it is counted, and never as nothing.
func TestEveryNameCounts(t *testing.T) {
	captureLog(t)
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "openai/", "azure/", "openrouter/", "us.anthropic.", "ft:", "models/", "x/y/", "\xff", ":", "."}).Draw(t, "before")
		name := rapid.OneOf(rapid.SampledFrom(slices.Sorted(maps.Keys(models))), rapid.String()).Draw(t, "name")
		after := rapid.SampledFrom([]string{"", "-2025-01-01", "@1", ":0", "-latest", "x", "/", ":acme::id", " "}).Draw(t, "after")
		n := For(before + name + after).Count("twelve bytes")
		if n.Tokens < 1 || n.Margin < 0 || n.Encoding == "" || n.Certainty != Exact && n.Certainty != Estimate {
			t.Fatalf("%+v", n)
		}
	})
}

func TestNoKnownNameIsTooLong(t *testing.T) {
	for name := range models {
		if len(name) > longestName || name != strings.ToLower(name) {
			t.Errorf("%s can't be found", name)
		}
	}
}

func TestNewerOpenAIModelsAreNotClaimedExact(t *testing.T) {
	if n := For("gpt-6").Count("one two three"); n.Certainty != Estimate || n.Margin == 0 {
		t.Errorf("gpt-6: %+v, want an estimate with a margin", n)
	}
}

func TestUnknownNamesFallBackAndWarnOnce(t *testing.T) {
	log := captureLog(t)
	unknown := strings.Fields("o15 brandnew-1 o1x gpt gpto gpt_4o gpt-x gpt-next gpt-3 gpt-j-6b gpt-neo-2.7b gpt-neox-20b gpt-60 chatgptx")
	for range 3 {
		for _, name := range append([]string{"", "  ", "/", "ft:", "EleutherAI/gpt-j-6b"}, unknown...) {
			c := For(name)
			n := c.Count("twelve bytes")
			if c.Family() != Unknown || n.Certainty != Estimate || n.Bound() < int64(len("twelve bytes"))/2 {
				t.Errorf("For(%q): %s, %+v", name, c.Family(), n)
			}
		}
	}
	for _, name := range unknown {
		if n := strings.Count(log.String(), "model="+name+"\n"); n != 1 {
			t.Errorf("%d warnings about %s, want 1:\n%s", n, name, log)
		}
	}
}

func TestWarningsAreBounded(t *testing.T) {
	log := captureLog(t)
	for i := range 100_000 {
		For(fmt.Sprintf("nobody-%d-%s", i, strings.Repeat("x", 1000)))
	}
	kept := 0
	for name := range warned.seen {
		kept += len(name)
	}
	if kept > maxWarnings*maxWarned {
		t.Errorf("%d bytes of names are kept", kept)
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

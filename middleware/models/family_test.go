package models_test

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/models"
)

// What is one model, as providers, clouds and gateways name it.
func TestNamesOfOneModelAreAFamily(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-4o":                        "gpt-4o",
		"gpt-4o-2024-08-06":             "gpt-4o",
		"openai/gpt-4o":                 "gpt-4o",
		"azure/gpt-4o-2024-08-06":       "gpt-4o",
		"openai:gpt-4o":                 "gpt-4o",
		"GPT-4o":                        "gpt-4o",
		" gpt-4o ":                      "gpt-4o", // as a gateway may trim it
		"openai/ gpt-4o\t":              "gpt-4o",
		"gpt-4-0613":                    "gpt-4",
		"gpt-35-turbo-0125":             "gpt-3.5-turbo",
		"o3-2025-04-16":                 "o3",
		"chatgpt-4o-latest":             "chatgpt-4o",
		"claude-sonnet-4-5-20250929":    "claude-sonnet-4-5",
		"claude-3-5-sonnet-latest":      "claude-3-5-sonnet",
		"claude-sonnet-4-5[1m]":         "claude-sonnet-4-5",
		"claude-3-5-sonnet@20240620":    "claude-3-5-sonnet",
		"claude-3-5-sonnet-v2@20241022": "claude-3-5-sonnet",
		"anthropic.claude-3-haiku-20240307-v1:0:200k":                                             "claude-3-haiku",
		"us.anthropic.claude-sonnet-4-5-20250929-v1:0":                                            "claude-sonnet-4-5",
		"bedrock/eu.anthropic.claude-3-5-sonnet-20241022-v2:0":                                    "claude-3-5-sonnet",
		"arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0": "claude-3-haiku",
		"databricks-claude-3-7-sonnet":                                                            "claude-3-7-sonnet",
		"models/gemini-2.0-flash-001":                                                             "gemini-2.0-flash",
		"gemini-1.5-pro@default":                                                                  "gemini-1.5-pro",
		"publishers/google/models/gemini-2.5-pro-preview-06-05":                                   "gemini-2.5-pro-preview",
		"gemini-2.5-flash-preview-09-2025":                                                        "gemini-2.5-flash-preview",
		"accounts/fireworks/models/deepseek-r1-0528":                                              "deepseek-r1",
		"mistral-large-2407":                                                                      "mistral-large",
		"mistral-large-latest":                                                                    "mistral-large",
		"command-r-plus-08-2024":                                                                  "command-r-plus",
		"doubao-seed-1-6-250615":                                                                  "doubao-seed-1-6",
		"qwen-max-2025-01-25":                                                                     "qwen-max",
		"grok-2-1212":                                                                             "grok-2",
		"llama3:latest":                                                                           "llama3",
		"meta-llama/Llama-3.1-8B-Instruct":                                                        "llama-3.1-8b-instruct",
		"openai/gpt-4o-2024-08-06:online":                                                         "gpt-4o:online",
	} {
		if got := models.Family(name); got != want {
			t.Errorf("Family(%q) = %q, want %q", name, got, want)
		}
	}
}

// What is never one model: other sizes, variants and tunings.
func TestVariantsAreFamiliesOfTheirOwn(t *testing.T) {
	for _, names := range [][2]string{
		{"gpt-4o", "gpt-4o-mini"},
		{"gpt-4o", "gpt-4o-mini-2024-07-18"},
		{"gpt-5", "gpt-5-nano"},
		{"gpt-5", "gpt-5-pro"},
		{"gpt-5", "gpt-5.1"},
		{"o1", "o1-preview"},
		{"o1", "o1-pro"},
		{"gpt-4", "gpt-4-turbo"},
		{"gpt-4", "gpt-4-1106-preview"},
		{"gpt-4", "gpt-4-32k"},
		{"gpt-4o", "gpt-4o-audio-preview"},
		{"gpt-4o", "gpt-4o-realtime-preview-2024-12-17"},
		{"gpt-4o", "ft:gpt-4o-2024-08-06:acme::1"},
		{"ft:gpt-4o-2024-08-06:acme::1", "ft:gpt-4o-2024-08-06:acme::2"},
		{"gpt-4o", "gpt-4o:online"},
		{"llama-3.1-8b-instruct", "llama-3.1-8b-instruct:free"},
		{"llama3.1:8b", "llama3.1:70b"},
		{"claude-3-7-sonnet", "claude-3-7-sonnet:thinking"},
		{"claude-3-5-sonnet", "claude-3-5-haiku"},
		{"claude-opus-4", "claude-opus-4-1"},
		{"claude-opus-4-1", "claude-opus-4-5-20251101"},
		{"gemini-1.5-flash", "gemini-1.5-flash-8b"},
		{"gemini-2.5-flash", "gemini-2.5-flash-lite"},
		{"deepseek-v3", "deepseek-v3.1"},
		{"phi-3", "phi-4"},
		{"davinci-002", "davinci-003"},
		{"text-embedding-3-small", "text-embedding-3-large"},
		{"qwen2.5-7b", "qwen2.5-72b"},
		{"model-2048", "model"},
		{"2024-08-06", "2025-01-01"},
	} {
		if a, b := models.Family(names[0]), models.Family(names[1]); a == b {
			t.Errorf("%q and %q are both %q", names[0], names[1], a)
		}
	}
}

// A family is its own family, so that a limit may be given for it, and no name is lost.
func FuzzFamily(f *testing.F) {
	f.Add("us.anthropic.claude-3-haiku-20240307-v1:0")
	f.Add("openai:azure:gpt-4o-2024-08-06-2024-08-06")
	f.Fuzz(func(t *testing.T, name string) {
		if family := models.Family(name); family == "" && name != "" {
			t.Errorf("Family(%q) is empty", name)
		} else if again := models.Family(family); again != family {
			t.Errorf("Family(%q) is %q, and its own is %q", name, family, again)
		}
	})
}

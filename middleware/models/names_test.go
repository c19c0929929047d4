package models_test

import (
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/models"
)

// Names as providers, clouds and gateways publish them (the lists of models.dev, LiteLLM, OpenRouter and
// genai-prices), each with its family.
const published = `
gpt-4o gpt-4o
gpt-4o-2024-11-20 gpt-4o
openai/gpt-4o-2024-05-13 gpt-4o
openai/gpt-4o-mini-2024-07-18 gpt-4o-mini
openai-gpt-4o-2024-11-20 gpt-4o
azure-gpt-4o-mini gpt-4o-mini
azure/gpt-4.1-mini-2025-04-14 gpt-4.1-mini
gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview
gpt-4o-search-preview-2025-03-11 gpt-4o-search-preview
gpt-4o-mini-search-preview-2025-03-11 gpt-4o-mini-search-preview
gpt-4-0314 gpt-4
gpt-4-1106-preview gpt-4-preview
gpt-4-0125-preview gpt-4-preview
gpt-4-turbo-2024-04-09 gpt-4-turbo
gpt-3.5-turbo-0613 gpt-3.5-turbo
gpt-3.5-turbo-16k gpt-3.5-turbo-16k
gpt-35-turbo-16k gpt-3.5-turbo-16k
gpt-3.5-turbo-instruct-0914 gpt-3.5-turbo-instruct
gpt-5-2025-08-07 gpt-5
openai/gpt-5-chat-latest gpt-5-chat
gpt-5-codex gpt-5-codex
gpt-5-pro-2025-10-06 gpt-5-pro
gpt-5.1-2025-11-13 gpt-5.1
gpt-5.1-codex-max gpt-5.1-codex-max
databricks-gpt-5-1 gpt-5.1
databricks-gpt-5-4-nano gpt-5.4-nano
openai.gpt-oss-120b-1:0 gpt-oss-120b
openai/gpt-oss-20b-maas gpt-oss-20b
openai/gpt-oss-120b:free gpt-oss-120b:free
openai/gpt-oss-120b:exacto gpt-oss-120b:exacto
o1-2024-12-17 o1
o1-preview-2024-09-12 o1-preview
o1-mini-2024-09-12 o1-mini
o3-mini-2025-01-31 o3-mini
o3-pro-2025-06-10 o3-pro
o4-mini-2025-04-16 o4-mini
o4-mini-deep-research-2025-06-26 o4-mini-deep-research
openai/o4-mini-high o4-mini-high
azure-o3-mini o3-mini
text-embedding-ada-002 text-embedding-ada-002
text-davinci-003 text-davinci-003
claude-3-haiku-20240307 claude-3-haiku
anthropic/claude-3-opus:beta claude-3-opus:beta
anthropic/claude-3.5-sonnet claude-3-5-sonnet
anthropic/claude-3.5-sonnet-20240620 claude-3-5-sonnet
anthropic/claude-3.7-sonnet:thinking claude-3-7-sonnet:thinking
claude-3.5-sonnet-v2 claude-3-5-sonnet
anthropic/claude-haiku-3.5 claude-3-5-haiku
anthropic--claude-3.7-sonnet claude-3-7-sonnet
claude-3-5-haiku@20241022 claude-3-5-haiku
claude-sonnet-4@20250514 claude-sonnet-4
claude-sonnet-4-0 claude-sonnet-4
claude-4.0-opus claude-opus-4
claude-4-sonnet claude-sonnet-4
anthropic/claude-opus-4.5 claude-opus-4-5
anthropic--claude-4.5-sonnet claude-sonnet-4-5
anthropic-claude-4.1-opus claude-opus-4-1
claude-opus-4-6@default claude-opus-4-6
global.anthropic.claude-opus-4-6-v1 claude-opus-4-6
au.anthropic.claude-haiku-4-5-20251001-v1:0 claude-haiku-4-5
us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0 claude-3-5-sonnet
anthropic.claude-3-5-sonnet-20241022-v2:0 claude-3-5-sonnet
databricks-claude-sonnet-4-5 claude-sonnet-4-5
system.ai.claude-opus-5 claude-opus-5
claude-opus-4-1-20250805-thinking claude-opus-4-1-thinking
claude-opus-4-1-thinking:1024 claude-opus-4-1-thinking:1024
anthropic/claude-opus-4.6-fast claude-opus-4-6-fast
anthropic.claude-instant-v1 claude-instant
gemini-1.5-pro-002 gemini-1.5-pro
gemini-1.5-flash-8b-001 gemini-1.5-flash-8b
google/gemini-2.0-flash-lite-001 gemini-2.0-flash-lite
gemini-2.0-flash-thinking-exp-01-21 gemini-2.0-flash-thinking-exp
google/gemini-2.0-flash-exp:free gemini-2.0-flash-exp:free
google/gemini-2.5-pro-preview-05-06 gemini-2.5-pro-preview
gemini-2.5-flash-preview-04-17:thinking gemini-2.5-flash-preview:thinking
gemini-2.5-flash-lite-preview-09-2025-thinking gemini-2.5-flash-lite-preview-thinking
databricks-gemini-2-5-flash gemini-2.5-flash
gemini-2.5-flash-image gemini-2.5-flash-image
gemini/gemini-3-pro-preview gemini-3-pro-preview
google.gemma-3-27b-it gemma-3-27b-it
google-gemma-3-27b-it gemma-3-27b-it
deepseek/deepseek-chat-v3-0324 deepseek-chat-v3
deepseek/deepseek-chat-v3-0324:free deepseek-chat-v3:free
deepseek-ai/DeepSeek-R1-0528 deepseek-r1
deepseek-r1-0528-maas deepseek-r1
us.deepseek.r1-v1:0 deepseek-r1
deepseek.v3.2 deepseek-v3.2
deepseek-r1-distill-llama-70b deepseek-r1-distill-llama-70b
accounts/fireworks/models/deepseek-v3p1 deepseek-v3p1
deepseek-v3.2-251201 deepseek-v3.2
deepseek/deepseek-v3.2-exp deepseek-v3.2-exp
meta-llama/Meta-Llama-3.1-8B-Instruct llama-3.1-8b-instruct
meta-llama/Llama-3.1-8B-Instruct llama-3.1-8b-instruct
meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo llama-3.1-8b-instruct-turbo
meta/llama-3.3-70b-instruct-maas llama-3.3-70b-instruct
meta.llama3-70b-instruct-v1:0 llama3-70b-instruct
us.meta.llama4-scout-17b-instruct-v1:0 llama4-scout-17b-instruct
@cf/meta/llama-3.1-8b-instruct-fp8 llama-3.1-8b-instruct-fp8
llama-3.3-70b-versatile llama-3.3-70b-versatile
llama3-70b-8192 llama3-70b-8192
llama3.1:70b llama3.1:70b
nvidia/llama-3.1-nemotron-ultra-253b-v1 llama-3.1-nemotron-ultra-253b-v1
nvidia.nemotron-nano-9b-v2:0 nemotron-nano-9b-v2
nvidia/NVIDIA-Nemotron-Nano-12B-v2 nemotron-nano-12b-v2
mistralai/mistral-small-3.2-24b-instruct-2506 mistral-small-3.2-24b-instruct
mistral-small-24b-instruct-2501:free mistral-small-24b-instruct:free
mistral.mistral-large-2402-v1:0 mistral-large
mistral.mistral-7b-instruct-v0:2 mistral-7b-instruct
mistral-medium-latest mistral-medium
codestral-2508 codestral
devstral-medium-2507 devstral-medium
ministral-8b-2512 ministral-8b
pixtral-large-2411 pixtral-large
magistral-small-2509 magistral-small
open-mixtral-8x22b open-mixtral-8x22b
qwen/qwen-max-2025-01-25 qwen-max
qwen-plus-2025-07-28:thinking qwen-plus:thinking
qwen/qwen3.5-flash-02-23 qwen3.5-flash
qwen3-max-2026-01-23 qwen3-max
qwen/qwen3-235b-a22b-2507 qwen3-235b-a22b
Qwen/Qwen3-235B-A22B-Instruct-2507-tput qwen3-235b-a22b-instruct-tput
qwen3-235b-a22b-thinking-2507 qwen3-235b-a22b-thinking
qwen3-coder-480b-a35b-instruct qwen3-coder-480b-a35b-instruct
qwen.qwen3-32b-v1:0 qwen3-32b
qwen2.5-72b-instruct qwen2.5-72b-instruct
qwq-32b qwq-32b
x-ai/grok-4-0709 grok-4
grok-2-vision-1212 grok-2-vision
grok-3-mini-beta grok-3-mini-beta
grok-4-fast-non-reasoning grok-4-fast-non-reasoning
xai/grok-4.20-0309-reasoning grok-4.20-reasoning
grok-code-fast-1 grok-code-fast-1
moonshotai/kimi-k2-0905 kimi-k2
kimi-k2-0711-preview kimi-k2-preview
kimi-k2-turbo-preview kimi-k2-turbo-preview
moonshotai.kimi-k2.5 kimi-k2.5
moonshot-v1-128k moonshot-v1-128k
zai.glm-4.7-flash glm-4.7-flash
z-ai/glm-4.5-air:free glm-4.5-air:free
glm-4-32b-0414 glm-4-32b
glm-4-flashx-250414 glm-4-flashx
minimax.minimax-m2.1 minimax-m2.1
MiniMax-M2.7-highspeed minimax-m2.7-highspeed
command-r-plus-08-2024 command-r-plus
cohere-command-r-08-2024 command-r
command-r7b-12-2024 command-r7b
command-a-03-2025 command-a
amazon.nova-pro-v1:0 nova-pro
amazon/nova-pro-v1 nova-pro
global.amazon.nova-2-lite-v1:0 nova-2-lite
amazon.titan-text-express-v1:0:8k titan-text-express
amazon.titan-embed-text-v2:0 titan-embed-text-v2
amazon.titan-embed-text-v1 titan-embed-text
writer.palmyra-x5-v1:0 palmyra-x5
ai21.jamba-1-5-large-v1:0 jamba-1-5-large
doubao-1-5-thinking-pro-250415 doubao-1-5-thinking-pro
doubao-seed-1-6-flash-250615 doubao-seed-1-6-flash
hunyuan-turbos-20250226 hunyuan-turbos
step-3.5-flash-2603 step-3.5-flash
perplexity/sonar-pro sonar-pro
perplexity/r1-1776 r1-1776
microsoft/phi-4-reasoning-plus phi-4-reasoning-plus
nousresearch/hermes-3-llama-3.1-405b hermes-3-llama-3.1-405b
`

func TestPublishedNamesHaveTheirFamily(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(published)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if got := models.Family(name); got != want {
			t.Errorf("Family(%q) = %q, want %q", name, got, want)
		}
	}
}

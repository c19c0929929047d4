package reading

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// finishes are the words of servers for the reasons to end, in small letters. The formats' own words do not
// contradict each other, and gateways put one's into another's.
//
// Sources: the API references of OpenAI, Anthropic, Gemini, Bedrock, Cohere, Cerebras, Z.AI and DeepSeek; for those that
// end with a failure also mozilla-ai/any-llm#1204, vllm-project/vllm#57082 and LostRuins/koboldcpp#2481.
var finishes = map[string]wire.Finish{
	"stop": wire.FinishStop, "end_turn": wire.FinishStop, "eos": wire.FinishStop, "eos_token": wire.FinishStop, "stop_sequence": wire.FinishStop,
	"complete": wire.FinishStop, "done": wire.FinishStop,

	"length": wire.FinishLength, "max_tokens": wire.FinishLength, "model_length": wire.FinishLength, "max_output_tokens": wire.FinishLength,
	"model_context_window_exceeded": wire.FinishLength,

	"tool_calls": wire.FinishTools, "tool_call": wire.FinishTools, "tool_use": wire.FinishTools, "function_call": wire.FinishTools,

	"content_filter": wire.FinishFilter, "content_filtered": wire.FinishFilter, "refusal": wire.FinishFilter, "safety": wire.FinishFilter,
	"sensitive": wire.FinishFilter, "guardrail_intervened": wire.FinishFilter, "recitation": wire.FinishFilter, "blocklist": wire.FinishFilter,
	"prohibited_content": wire.FinishFilter, "spii": wire.FinishFilter, "error_toxic": wire.FinishFilter,

	"error": wire.FinishError, "network_error": wire.FinishError, "insufficient_system_resource": wire.FinishError, "abort": wire.FinishError,
}

// FinishOf is a server's reason to end in our words. Google's says its own behind "content_filter: ", and of images.
func FinishOf(reason string) wire.Finish {
	name, _, _ := strings.Cut(strings.ToLower(reason), ":")
	if f, ok := finishes[strings.TrimPrefix(name, "image_")]; ok {
		return f
	}
	return wire.Finish(reason)
}

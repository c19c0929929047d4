package wire

import "strings"

// finishes are the words of servers for the reasons to end, in small letters. The formats' own words do not
// contradict each other, and gateways put one's into another's.
//
// Sources: the API references of OpenAI, Anthropic, Gemini, Bedrock, Cohere, Cerebras, Z.AI and DeepSeek; for those that
// end with a failure also mozilla-ai/any-llm#1204, vllm-project/vllm#57082 and LostRuins/koboldcpp#2481.
var finishes = map[string]Finish{
	"stop": FinishStop, "end_turn": FinishStop, "eos": FinishStop, "eos_token": FinishStop, "stop_sequence": FinishStop,
	"complete": FinishStop, "done": FinishStop,

	"length": FinishLength, "max_tokens": FinishLength, "model_length": FinishLength, "max_output_tokens": FinishLength,
	"model_context_window_exceeded": FinishLength,

	"tool_calls": FinishTools, "tool_call": FinishTools, "tool_use": FinishTools, "function_call": FinishTools,

	"content_filter": FinishFilter, "content_filtered": FinishFilter, "refusal": FinishFilter, "safety": FinishFilter,
	"sensitive": FinishFilter, "guardrail_intervened": FinishFilter, "recitation": FinishFilter, "blocklist": FinishFilter,
	"prohibited_content": FinishFilter, "spii": FinishFilter, "error_toxic": FinishFilter,

	"error": FinishError, "network_error": FinishError, "insufficient_system_resource": FinishError, "abort": FinishError,
}

// finishOf is a server's reason to end in our words. Google's says its own behind "content_filter: ", and of images.
func FinishOf(reason string) Finish {
	name, _, _ := strings.Cut(strings.ToLower(reason), ":")
	if f, ok := finishes[strings.TrimPrefix(name, "image_")]; ok {
		return f
	}
	return Finish(reason)
}

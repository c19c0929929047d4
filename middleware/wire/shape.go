package wire

import (
	"cmp"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// shapeOf tells shapes apart by what is in a body.
func shapeOf(top object, model string) (string, error) {
	list := func(key string) bool { raw := top.get(key); return raw != nil && raw[0] == '[' }
	input := top.get("input")
	own, _ := top.text("model")
	switch {
	case list("messages"):
		return messagesShape(top, cmp.Or(model, own)), nil
	case list("contents"):
		return "gemini", nil
	case top.get("messages") != nil:
		return "", &NoRequestError{Reason: "its messages are no list"}
	case top.get("contents") != nil:
		return "", &NoRequestError{Reason: "its contents are no list"}
	case input == nil:
		return "", &NoRequestError{Reason: "it is a JSON object without messages, contents or input"}
	case own == "" && top.get("instructions") == nil:
		return "", &NoRequestError{Reason: "it has an input but no model"}
	}
	return "responses", nil
}

// What only one of the two formats with messages has: at the top, in a tool, in a message, and the kinds of parts.
var (
	onlyAnthropic = marks{
		top:  keySet("system anthropic_version anthropic_beta stop_sequences output_config output_format mcp_servers context_management"),
		tool: keySet("input_schema"), part: keySet("tool_use tool_result thinking redacted_thinking document image search_result"),
	}
	onlyOpenAI = marks{
		top: keySet("response_format functions function_call max_completion_tokens stream_options n seed stop logit_bias " +
			"frequency_penalty presence_penalty reasoning_effort parallel_tool_calls"),
		tool: keySet("function custom"), message: keySet("tool_calls tool_call_id function_call name"),
		role: keySet("system developer tool function"), part: keySet("image_url input_audio file refusal"),
	}
)

type marks struct{ top, tool, message, role, part names }

func messagesShape(top object, model string) string {
	isAnthropic, isOpenAI := onlyAnthropic.in(top), onlyOpenAI.in(top)
	if isAnthropic == isOpenAI {
		isAnthropic = model != "" && tokenizer.For(model).Family() == tokenizer.Anthropic
	}
	if isAnthropic {
		return "anthropic"
	}
	return "openai"
}

// in reports whether any of the marks is in a body. What is wrong with it is found when it is read.
func (k marks) in(top object) bool {
	found := top.hasAny(k.top)
	_ = top.each("tools", func(tool object) error {
		found = found || tool.hasAny(k.tool)
		return nil
	})
	_ = top.each("messages", func(m object) error {
		role, _ := m.text("role")
		found = found || m.hasAny(k.message) || k.role.has(role)
		if raw := m.get("content"); raw == nil || raw[0] != '[' {
			return nil
		}
		return m.each("content", func(part object) error {
			kind, _ := part.text("type")
			found = found || k.part.has(kind)
			return nil
		})
	})
	return found
}

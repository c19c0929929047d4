package formats

import (
	"cmp"

	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// shapeOf tells shapes apart by what is in a body.
func shapeOf(top reading.Object, model string) (string, error) {
	list := func(key string) bool { raw := top.Get(key); return raw != nil && raw[0] == '[' }
	input := top.Get("input")
	own, _ := top.Text("model")
	switch {
	case list("messages"):
		return messagesShape(top, cmp.Or(model, own)), nil
	case list("contents"):
		return "gemini", nil
	case top.Get("messages") != nil:
		return "", &NoRequestError{Reason: "its messages are no list"}
	case top.Get("contents") != nil:
		return "", &NoRequestError{Reason: "its contents are no list"}
	case input == nil:
		return "", &NoRequestError{Reason: "it is a JSON object without messages, contents or input"}
	case own == "" && top.Get("instructions") == nil:
		return "", &NoRequestError{Reason: "it has an input but no model"}
	}
	return "responses", nil
}

// What only one of the two formats with messages has: at the top, in a tool, in a message, and the kinds of parts.
var (
	onlyAnthropic = marks{
		top:  reading.KeySet("system anthropic_version anthropic_beta stop_sequences output_config output_format mcp_servers context_management"),
		tool: reading.KeySet("input_schema"), part: reading.KeySet("tool_use tool_result thinking redacted_thinking document image search_result"),
	}
	onlyOpenAI = marks{
		top: reading.KeySet("response_format functions function_call max_completion_tokens stream_options n seed stop logit_bias " +
			"frequency_penalty presence_penalty reasoning_effort parallel_tool_calls"),
		tool: reading.KeySet("function custom"), message: reading.KeySet("tool_calls tool_call_id function_call name"),
		role: reading.KeySet("system developer tool function"), part: reading.KeySet("image_url input_audio file refusal"),
	}
)

type marks struct{ top, tool, message, role, part reading.Names }

func messagesShape(top reading.Object, model string) string {
	isAnthropic, isOpenAI := onlyAnthropic.in(top), onlyOpenAI.in(top)
	if isAnthropic == isOpenAI {
		isAnthropic = model != "" && models.Of(model).Counter().Family() == tokenizer.Anthropic
	}
	if isAnthropic {
		return "anthropic"
	}
	return "openai"
}

// in reports whether any of the marks is in a body. What is wrong with it is found when it is read.
func (k marks) in(top reading.Object) bool {
	found := top.HasAny(k.top)
	_ = top.Each("tools", func(tool reading.Object) error {
		found = found || tool.HasAny(k.tool)
		return nil
	})
	_ = top.Each("messages", func(m reading.Object) error {
		role, _ := m.Text("role")
		found = found || m.HasAny(k.message) || k.role.Has(role)
		if raw := m.Get("content"); raw == nil || raw[0] != '[' {
			return nil
		}
		return m.Each("content", func(part reading.Object) error {
			kind, _ := part.Text("type")
			found = found || k.part.Has(kind)
			return nil
		})
	})
	return found
}

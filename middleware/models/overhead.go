package models

import "github.com/orchestrate-go/orchestrate/tokenizer"

// Overhead is what the shape of a request adds around its texts, in tokens. Margins are what the true figure may be higher
// by; one makes a count an estimate. Each is one variable, so that pointers tell them apart; it must not be changed.
type Overhead struct {
	Request, RequestMargin int64 // once
	Message, MessageMargin int64 // besides its role and texts
	Less, LessMargin       int64 // fewer for a message of the role "function"
	Tools, ToolsMargin     int64 // once, if there are any
	Tool, Call             int64 // each, besides its texts
	SchemaMargin           int64 // once, for structured output
	Part                   int64 // of the tokens of tools, calls and schemas, a margin: one in part
}

// The overheads. Their sources:
//
// OpenAI: "How to count tokens with tiktoken" in the OpenAI Cookbook, for the models up to GPT-4.1. A message
// has 3 tokens besides its role and its text and one more for a name, and 3 prime the answer. Functions have
// 12 tokens in all and 7 or 10 each, in a rendering that is shorter than the JSON counted here but for choices
// of a parameter, which have 3 tokens each besides their text. A message of the role "function" was seen to
// have 2 fewer on gpt-3.5-turbo and gpt-4 (hmarr/openai-chat-tokens, its tests; openai/openai-cookbook#613); of later models
// nobody says so, and there the 2 are margin. Reasoning models are not documented, and were seen to add
// less; gpt-oss brings a system message of its own (the harmony format's documentation).
//
// Anthropic: "Tool use with Claude", the table of the tool use system prompt: 290 to 804 tokens by model and
// tool choice for the models of today, of which most have 496; 159 to 530 for the Claude 3 models.
//
// Gemini: nothing is documented. Its open siblings have 5 tokens a message (Gemma, "Formatting and system
// instructions"), and the examples in "Understand and count tokens" have one or none.
//
// Open models differ by their chat templates, of which some bring a system message of their own.
var (
	chatOverhead      = Overhead{Request: 3, Message: 3, Less: 2, Tools: 12, ToolsMargin: 16, Tool: 10, Call: 8, SchemaMargin: 64, Part: 4}
	openaiOverhead    = Overhead{Request: 3, Message: 3, Less: 2, LessMargin: 2, Tools: 12, ToolsMargin: 16, Tool: 10, Call: 8, SchemaMargin: 64, Part: 4}
	reasoningOverhead = Overhead{Request: 3, RequestMargin: 16, Message: 3, MessageMargin: 1, Less: 2, LessMargin: 2, Tools: 12, ToolsMargin: 64, Tool: 10, Call: 8, SchemaMargin: 64, Part: 4}
	harmonyOverhead   = Overhead{Request: 3, RequestMargin: 128, Message: 3, MessageMargin: 2, Less: 2, LessMargin: 2, Tools: 12, ToolsMargin: 64, Tool: 10, Call: 8, SchemaMargin: 64, Part: 4}
	anthropicOverhead = Overhead{Request: 4, RequestMargin: 8, Message: 4, MessageMargin: 4, Tools: 496, ToolsMargin: 308, Tool: 12, Call: 12, SchemaMargin: 400, Part: 4}
	geminiOverhead    = Overhead{Request: 1, RequestMargin: 8, Message: 1, MessageMargin: 4, Tools: 16, ToolsMargin: 240, Tool: 12, Call: 8, SchemaMargin: 128, Part: 2}
	otherOverhead     = Overhead{Request: 4, RequestMargin: 48, Message: 5, MessageMargin: 4, Tools: 64, ToolsMargin: 448, Tool: 12, Call: 12, SchemaMargin: 400, Part: 2}
)

// overhead is that of a model which c counts.
func (m *Model) overhead(c *tokenizer.Counter) *Overhead {
	switch c.Family() {
	case tokenizer.Anthropic:
		return &anthropicOverhead
	case tokenizer.Gemini:
		return &geminiOverhead
	case tokenizer.OpenAI:
		switch {
		case c.Encoding() == "o200k_harmony":
			return &harmonyOverhead
		case m.CapKey() == MaxCompletionTokens:
			return &reasoningOverhead
		case c.Encoding() == "cl100k_base":
			return &chatOverhead
		}
		return &openaiOverhead
	}
	return &otherOverhead
}

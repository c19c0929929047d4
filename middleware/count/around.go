package count

import (
	"github.com/orchestrate-go/orchestrate/middleware/models"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// around is what a family's request shape adds around its texts, in tokens. Margins are what the true figure
// may be higher by; a shape with a margin makes the count an estimate. [Of] has the figures as a table.
type around struct {
	request, requestMargin int64 // once
	message, messageMargin int64 // besides its role and texts
	less, lessMargin       int64 // fewer for a message of the role "function"
	tools, toolsMargin     int64 // once, if there are any
	tool, call             int64 // each, besides its texts
	schemaMargin           int64 // once, for structured output
	part                   int64 // of the tokens of tools, calls and schemas, a margin: one in part
}

// The shapes. Their sources:
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
	chatAround      = around{request: 3, message: 3, less: 2, tools: 12, toolsMargin: 16, tool: 10, call: 8, schemaMargin: 64, part: 4}
	openaiAround    = around{request: 3, message: 3, less: 2, lessMargin: 2, tools: 12, toolsMargin: 16, tool: 10, call: 8, schemaMargin: 64, part: 4}
	reasoningAround = around{request: 3, requestMargin: 16, message: 3, messageMargin: 1, less: 2, lessMargin: 2, tools: 12, toolsMargin: 64, tool: 10, call: 8, schemaMargin: 64, part: 4}
	harmonyAround   = around{request: 3, requestMargin: 128, message: 3, messageMargin: 2, less: 2, lessMargin: 2, tools: 12, toolsMargin: 64, tool: 10, call: 8, schemaMargin: 64, part: 4}
	anthropicAround = around{request: 4, requestMargin: 8, message: 4, messageMargin: 4, tools: 496, toolsMargin: 308, tool: 12, call: 12, schemaMargin: 400, part: 4}
	geminiAround    = around{request: 1, requestMargin: 8, message: 1, messageMargin: 4, tools: 16, toolsMargin: 240, tool: 12, call: 8, schemaMargin: 128, part: 2}
	otherAround     = around{request: 4, requestMargin: 48, message: 5, messageMargin: 4, tools: 64, toolsMargin: 448, tool: 12, call: 12, schemaMargin: 400, part: 2}
)

// functionRole is the role of a function's answer, from before there were tools.
const functionRole = "function"

// elementMargin is a margin for each element of the lists in a schema.
const elementMargin = 2

// aroundOf returns the shape for a model. Each is one variable, so that what is remembered can tell them apart.
func aroundOf(model string, c *tokenizer.Counter) *around {
	switch c.Family() {
	case tokenizer.Anthropic:
		return &anthropicAround
	case tokenizer.Gemini:
		return &geminiAround
	case tokenizer.OpenAI:
		switch {
		case c.Encoding() == "o200k_harmony":
			return &harmonyAround
		case models.CapKey(model) == models.MaxCompletionTokens:
			return &reasoningAround
		case c.Encoding() == "cl100k_base":
			return &chatAround
		}
		return &openaiAround
	}
	return &otherAround
}

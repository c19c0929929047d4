package wire

import (
	"bytes"
	"encoding/json"

	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// around is what a family's request shape adds around its texts, in tokens. Margins are what the true
// figure may be higher by; a shape with a margin makes the count an estimate.
type around struct {
	request, requestMargin int64
	message, messageMargin int64
	tools, toolsMargin     int64 // once, if there are any
	tool, call             int64
	schemaMargin           int64
	part                   int64 // of the tokens of tools, calls and schemas, a margin: one in part
}

// The shapes.
//
// OpenAI publishes it for the models up to GPT-4.1: 3 tokens a message besides its role and its text, one
// more for a name, and 3 that prime the answer (OpenAI Cookbook, "How to count tokens with tiktoken";
// there also at most 10 a tool and 12 for all of them, in a rendering shorter than the JSON counted here).
// Reasoning models were not documented; they were seen to add less.
//
// Anthropic publishes only what tools add, 159 to 804 tokens by model and tool choice ("Tool use with
// Claude", pricing). Open models differ by their chat templates, of which some bring a system message of
// their own.
var (
	openaiAround    = around{request: 3, message: 3, tools: 12, toolsMargin: 16, tool: 10, call: 8, schemaMargin: 64, part: 4}
	reasoningAround = around{request: 3, requestMargin: 16, message: 3, messageMargin: 1, tools: 12, toolsMargin: 64, tool: 10, call: 8, schemaMargin: 64, part: 4}
	harmonyAround   = around{request: 3, requestMargin: 128, message: 3, messageMargin: 2, tools: 12, toolsMargin: 64, tool: 10, call: 8, schemaMargin: 64, part: 4}
	anthropicAround = around{request: 4, requestMargin: 8, message: 4, messageMargin: 4, tools: 346, toolsMargin: 458, tool: 12, call: 12, schemaMargin: 400, part: 4}
	otherAround     = around{request: 4, requestMargin: 48, message: 5, messageMargin: 4, tools: 64, toolsMargin: 448, tool: 12, call: 12, schemaMargin: 400, part: 2}
)

func aroundOf(r *Request, c *tokenizer.Counter) around {
	switch c.Family() {
	case tokenizer.Anthropic:
		return anthropicAround
	case tokenizer.OpenAI:
		switch {
		case c.Count("").Encoding == "o200k_harmony":
			return harmonyAround
		case capKey(r.Model) == maxCompletionKey:
			return reasoningAround
		}
		return openaiAround
	}
	return otherAround
}

// Count returns the input tokens of r, with everything that its provider adds around the texts. It is as
// sure as the least sure part: exact for texts to OpenAI's documented models, an estimate with a margin
// for tools, structured output and the other families, and no basis for anything ([tokenizer.None]) if
// r.Unseen names something that is charged for and cannot be seen.
//
// A request is counted once: a middleware keeps the result in its copy's Count.
func Count(r *Request) tokenizer.Count {
	counter := tokenizer.For(r.Model)
	shape := aroundOf(r, counter)
	sum := fixed(counter, shape.request, shape.requestMargin)
	for _, m := range r.Messages {
		sum = sum.Add(fixed(counter, shape.message, shape.messageMargin)).
			Add(counter.Count(m.Role)).Add(counter.Count(m.Content))
		if m.Name != "" {
			sum = sum.Add(fixed(counter, 1, 0)).Add(counter.Count(m.Name))
		}
		if m.ToolCallID != "" { // some templates show it
			sum = sum.Add(fixed(counter, 0, counter.Count(m.ToolCallID).Bound()))
		}
		for _, c := range m.ToolCalls {
			sum = sum.Add(shape.rendered(counter, shape.call, c.Name, c.Arguments)).
				Add(fixed(counter, 0, counter.Count(c.ID).Bound()))
		}
	}
	if len(r.Tools) > 0 {
		sum = sum.Add(fixed(counter, shape.tools, shape.toolsMargin))
	}
	for _, t := range r.Tools {
		sum = sum.Add(shape.rendered(counter, shape.tool, t.Name, t.Description, compact(t.Schema)))
	}
	if r.Schema != nil {
		sum = sum.Add(shape.rendered(counter, shape.tool, compact(r.Schema))).Add(fixed(counter, 0, shape.schemaMargin))
	}
	if r.Unseen != "" {
		sum.Kind = tokenizer.None
	}
	return sum
}

// rendered counts texts that the provider renders in a way of its own.
func (a around) rendered(c *tokenizer.Counter, overhead int64, texts ...string) tokenizer.Count {
	sum := fixed(c, overhead, 0)
	for _, text := range texts {
		sum = sum.Add(c.Count(text))
	}
	return sum.Add(fixed(c, 0, sum.Tokens/a.part+1))
}

// fixed is a number of tokens that no text has; with a margin it is an estimate.
func fixed(c *tokenizer.Counter, tokens, margin int64) tokenizer.Count {
	n := tokenizer.Count{Tokens: tokens, Margin: margin, Kind: tokenizer.Exact, Encoding: c.Count("").Encoding}
	if margin > 0 {
		n.Kind = tokenizer.Estimate
	}
	return n
}

// compact returns a schema without the white space that no provider keeps.
func compact(schema json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, schema) != nil {
		return string(schema)
	}
	return out.String()
}

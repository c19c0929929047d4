// Package wire holds the words of a call: what a request asks for, what an answer says and reports as usage, what
// failed and whether that costs anything, and what a wire format has to do. It is pure: no network, no clock, no state.
//
// The formats are rooms of their own, each with one [Format] value. A client encodes a [Request] and decodes the answer:
//
//	body, err := openai.Format.Encode(&wire.Request{Model: "gpt-4o", Messages: wire.Prompt("Say hello")})
//	...
//	resp, err := openai.Format.Decode(answer)
//
// The door parses a foreign client's body instead and keeps it as the authority: Encode of a request that
// was parsed changes only what had to change. Package count counts the input of either.
//
//	openai anthropic gemini   a format each          formats   all of them: by name, by the shape of a body
//	sse headers redact        what is around a body  internal  reading by place, figures of usage, refusals
package wire

import "encoding/json"

// The roles of messages.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	ToolRole  = "tool"
)

// Message is one turn of a conversation.
type Message struct {
	Role       string     `json:"role"`
	Name       string     `json:"name,omitempty"`
	Content    string     `json:"content"`
	ToolCalls  []ToolCall `json:"tool_calls,omitempty"`   // of an assistant's message
	ToolCallID string     `json:"tool_call_id,omitempty"` // of a tool's answer
}

// Prompt returns the messages of a conversation with one user message.
func Prompt(text string) []Message { return []Message{{Role: User, Content: text}} }

// Tool is a function that the model may call.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"` // JSON Schema of its arguments
}

// ToolCall is a call that the model asks for.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // JSON, as the model wrote it
}

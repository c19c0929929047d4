package wire

import (
	"encoding/json"
	"strings"
)

// The roles of messages.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	ToolRole  = "tool"
)

// Message is one turn of a conversation, in parts. Formats have parts in different places (a tool's result is a message
// of its own to one, a block of the user's turn to the other): each puts them where it has them.
type Message struct {
	Role  string
	Name  string // of who says it, or of the function that answers; empty for most
	Parts []Part
}

// Prompt returns the messages of a conversation with one user message.
func Prompt(text string) []Message { return []Message{Text(User, text)} }

// Text returns a message that is a text.
func Text(role, text string) Message { return Message{Role: role, Parts: []Part{TextPart(text)}} }

// ToolResult returns the message with which a tool answers a call.
func ToolResult(callID, text string) Message {
	return Message{Role: ToolRole, Parts: []Part{ResultPart(callID, text)}}
}

// Text returns all that the message says in words: its texts, results and thinking, with a newline between two.
func (m *Message) Text() string {
	if len(m.Parts) == 1 {
		return m.Parts[0].Text
	}
	var said []string
	for i := range m.Parts {
		if text := m.Parts[i].Text; text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, "\n")
}

// Calls returns the tool calls that the message asks for.
func (m *Message) Calls() (calls []ToolCall) {
	for i := range m.Parts {
		if c := m.Parts[i].Call; c != nil {
			calls = append(calls, *c)
		}
	}
	return calls
}

// String is the message as JSON.
func (m Message) String() string {
	text, err := json.Marshal(m)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// plainMessage is a message that is a text or a tool's result, and the calls after it.
type plainMessage struct {
	Role    string     `json:"role"`
	Name    string     `json:"name,omitempty"`
	Content string     `json:"content"`
	Calls   []ToolCall `json:"tool_calls,omitempty"`
	CallID  string     `json:"tool_call_id,omitempty"`
}

// MarshalJSON writes the message for logs, and for digests, which stand in books: what could be said before there were
// parts is written as it was then.
func (m Message) MarshalJSON() ([]byte, error) {
	plain := plainMessage{Role: m.Role, Name: m.Name}
	for i := range m.Parts {
		switch p := &m.Parts[i]; {
		case p.Kind == PartCall && p.Call != nil:
			plain.Calls = append(plain.Calls, *p.Call)
		case i == 0 && (p.Kind == PartText || p.Kind == PartResult):
			plain.Content, plain.CallID = p.Text, p.CallID
		default:
			return json.Marshal(struct {
				Role  string `json:"role"`
				Name  string `json:"name,omitempty"`
				Parts []Part `json:"parts"`
			}{m.Role, m.Name, m.Parts})
		}
	}
	return json.Marshal(plain)
}

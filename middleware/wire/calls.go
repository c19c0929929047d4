package wire

import "strings"

// partialCall is a tool call whose pieces are still coming in.
type partialCall struct {
	id, name  string
	arguments strings.Builder
}

// whole returns the calls as far as they are known. One without arguments has an empty object.
func whole(parts []*partialCall) (calls []ToolCall) {
	for _, p := range parts {
		c := ToolCall{ID: p.id, Name: p.name, Arguments: p.arguments.String()}
		if c.Arguments == "" {
			c.Arguments = "{}"
		}
		calls = append(calls, c)
	}
	return calls
}

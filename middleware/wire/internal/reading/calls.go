package reading

import (
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// MaxCalls bounds the tool calls of one answer, whose number and index come from outside.
const MaxCalls = 1024

// PartialCall is a tool call whose pieces are still coming in.
type PartialCall struct {
	ID, Name  string
	Arguments strings.Builder
	Given     string // the arguments where they came whole and no pieces followed
}

// Add takes a piece: more of the name, and of the arguments, which are a string of JSON or, from some servers, the JSON
// itself.
func (p *PartialCall) Add(piece Node) {
	piece.Members(func(key string, v Node) {
		switch key {
		case "name":
			p.Name += v.Text()
		case "arguments", "input":
			if k := v.Kind(); k == '{' || k == '[' {
				p.Arguments.Write(v)
			} else {
				p.Arguments.WriteString(v.Text())
			}
		}
	})
}

// Join adds what a later piece has.
func (p *PartialCall) Join(later *PartialCall) {
	p.ID = cmp.Or(later.ID, p.ID)
	p.Name += later.Name
	p.Arguments.WriteString(later.Arguments.String())
}

// WholeCalls returns the calls as far as they are known. One without arguments has an empty object.
func WholeCalls(parts []*PartialCall) (calls []wire.ToolCall) {
	for _, p := range parts {
		calls = append(calls, wire.ToolCall{ID: p.ID, Name: p.Name, Arguments: cmp.Or(p.Arguments.String(), p.Given, "{}")})
	}
	return calls
}

package wire

import (
	"cmp"
	"strings"
)

// maxCalls bounds the tool calls of one answer, whose number and index come from outside.
const maxCalls = 1024

// partialCall is a tool call whose pieces are still coming in.
type partialCall struct {
	id, name  string
	arguments strings.Builder
	given     string // the arguments where they came whole and no pieces followed
}

// add takes a piece: more of the name, and of the arguments, which are a string of JSON or, from some servers, the JSON
// itself.
func (p *partialCall) add(piece node) {
	piece.members(func(key string, v node) {
		switch key {
		case "name":
			p.name += v.text()
		case "arguments", "input":
			if k := v.kind(); k == '{' || k == '[' {
				p.arguments.Write(v)
			} else {
				p.arguments.WriteString(v.text())
			}
		}
	})
}

// join adds what a later piece has.
func (p *partialCall) join(later *partialCall) {
	p.id = cmp.Or(later.id, p.id)
	p.name += later.name
	p.arguments.WriteString(later.arguments.String())
}

// whole returns the calls as far as they are known. One without arguments has an empty object.
func whole(parts []*partialCall) (calls []ToolCall) {
	for _, p := range parts {
		calls = append(calls, ToolCall{p.id, p.name, cmp.Or(p.arguments.String(), p.given, "{}")})
	}
	return calls
}

package wire

import "strings"

// maxNested bounds how deep parts of a message stand in parts.
const maxNested = 4

// thought returns the text of reasoning: a string, or a list or an object that holds it.
func thought(v node, depth int) string {
	switch {
	case depth > maxNested:
	case v.kind() == '[':
		var all strings.Builder
		v.elements(func(_ int, part node) { all.WriteString(thought(part, depth+1)) })
		return all.String()
	case v.kind() == '{':
		var said string
		v.members(func(key string, v node) {
			switch key {
			case "text", "thinking", "reasoning", "summary", "content":
				if said == "" {
					said = thought(v, depth+1)
				}
			}
		})
		return said
	default:
		return v.text()
	}
	return ""
}

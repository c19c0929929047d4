package reading

import "strings"

// MaxNested bounds how deep parts of a message stand in parts.
const MaxNested = 4

// Thought returns the text of reasoning: a string, or a list or an object that holds it.
func Thought(v Node, depth int) string {
	switch {
	case depth > MaxNested:
	case v.Kind() == '[':
		var all strings.Builder
		v.Elements(func(_ int, part Node) { all.WriteString(Thought(part, depth+1)) })
		return all.String()
	case v.Kind() == '{':
		var said string
		v.Members(func(key string, v Node) {
			switch key {
			case "text", "thinking", "reasoning", "summary", "content":
				if said == "" {
					said = Thought(v, depth+1)
				}
			}
		})
		return said
	default:
		return v.Text()
	}
	return ""
}

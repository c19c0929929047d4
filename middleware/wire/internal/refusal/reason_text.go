package refusal

import (
	"encoding/json"
	"html"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// scalar is the text of a string or number, "" for anything else.
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v[:min(len(v), 2*reading.MaxName)]
	case json.Number:
		return v.String()[:min(len(v), reading.MaxName)]
	}
	return ""
}

// join adds a part to a message unless it is said already or there are enough.
func join(parts []string, part string) []string {
	if part == "" || len(parts) == maxParts {
		return parts
	}
	for _, said := range parts {
		if strings.Contains(said, part) {
			return parts
		}
	}
	return append(parts, part)
}

// location is where FastAPI saw a mistake: ["body", "messages", 0].
func location(v any) string {
	list, _ := v.([]any)
	var steps []string
	for _, step := range list {
		if s := scalar(step); s != "" {
			steps = append(steps, s)
		}
	}
	return strings.Join(steps, ".")
}

var (
	title   = lazy.Regexp(`(?is)<(title|h1)[^>]*>(.*?)</`)
	markup  = lazy.Regexp(`(?s)<[^>]*>`)
	opening = lazy.Regexp(`(?i)^\s*<(!doctype|html|head|body|\?xml)`)
)

// plainText is the message of a body that is no JSON: its first line, or the title of a page. It is bounded.
func plainText(s string) string {
	if s = s[:min(len(s), 64<<10)]; opening().MatchString(s) {
		if m := title().FindStringSubmatch(s); m != nil {
			return reading.OneLine(html.UnescapeString(markup().ReplaceAllString(m[2], "")), reading.MaxMessage)
		}
		s = strings.TrimSpace(markup().ReplaceAllString(s, " "))
	}
	return reading.OneLine(s, 4*reading.MaxMessage)
}

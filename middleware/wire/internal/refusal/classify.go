package refusal

import (
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// refusing are the statuses of a refused content.
func refusing(status int) bool {
	return status < 300 || status == 400 || status == 403 || status == 422 || status == 451
}

// unserved are the statuses of a call that was not for a lack of speed or strength refused.
func unserved(status int) bool { return status < 500 && status != 429 }

// inSuccess are the statuses of an answer whose errors have none.
func inSuccess(status int) bool { return status < 300 }

// classify is the class of a refusal with this status: by its names, then by its message, then by the status.
func (r *reason) classify(status int) wire.Class {
	if class, sure := r.named(status); sure {
		return class
	}
	message := strings.ToLower(reading.OneLine(r.message, 4*reading.MaxMessage))
	for _, p := range phrases {
		if (p.holds == nil || p.holds(status)) && p.text().MatchString(message) && !(p.class == wire.Quota && r.rated(message)) {
			return p.class
		}
	}
	// Anthropic says no more of a model that it does not have.
	if status == 404 && strings.HasPrefix(message, "model:") {
		return wire.NoModel
	}
	return r.classifyWords(status)
}

// rated reports whether a message that speaks of a quota means a rate: Google's words for both are the same.
func (r *reason) rated(message string) bool {
	if !strings.Contains(message, "exceeded your current quota") {
		return false
	}
	for _, w := range r.words {
		if reading.Bare(w) == "resourceexhausted" {
			return !strings.Contains(message, "credit") && !strings.Contains(message, "spending cap")
		}
	}
	return false
}

// named is the class that a refusal's own names give it, and whether they do.
func (r *reason) named(status int) (wire.Class, bool) {
	if r.flagged && refusing(status) {
		return wire.Invalid, true
	}
	var found wire.Class
	for _, w := range r.words {
		switch class := lookup(strongWords, w); class {
		case wire.Quota, wire.Auth:
			return class, true
		case "":
		default:
			if found == "" {
				found = class
			}
		}
	}
	return found, found != ""
}

// classifyWords is the class without what the message says.
func (r *reason) classifyWords(status int) wire.Class {
	if class, sure := r.named(status); sure {
		return class
	}
	if status < 200 || status >= 300 {
		return wire.ClassOf(status)
	}
	for _, w := range r.words {
		if class := lookup(weakWords, w); class != "" {
			return class
		}
	}
	return wire.Server
}

// lookup is the class of a name, with or without what it stands under ("local:insufficient_quota").
func lookup(classes map[string]wire.Class, name string) wire.Class {
	if class := classes[reading.Bare(name)]; class != "" {
		return class
	}
	return classes[reading.Bare(name[strings.LastIndexAny(name, ":#")+1:])]
}

// KnownName reports whether a name is one of a refusal that everybody knows.
func KnownName(name string) bool {
	return strongWords[reading.Bare(name)] != "" || weakWords[reading.Bare(name)] != ""
}

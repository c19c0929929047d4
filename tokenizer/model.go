package tokenizer

import (
	"log/slog"
	"strings"
	"sync"
)

// For returns the counter for a model's name. It takes names as they are met in the wild: with vendors
// before ("openai/gpt-4o", "us.anthropic.claude-sonnet-4-20250514-v1:0"), fine-tuned ("ft:gpt-4o-mini:acme::1"),
// dated ("gpt-4o-2024-05-13", "claude-3-5-haiku@20241022"), in Azure's spelling ("gpt-35-turbo"), and in any case.
// The longest known prefix decides.
//
// For never fails. A name that nothing is known about gets a conservative fallback of family [Unknown]:
// an estimate whose bound is the most that any known tokenizer was measured at. A warning is logged once
// for each such name, by the default logger of log/slog.
func For(model string) *Counter {
	name := bareName(model)
	for prefix := name[:min(len(name), longestName)]; prefix != ""; prefix = prefix[:len(prefix)-1] {
		if m, ok := models[prefix]; ok && (m.open || ends(name[len(prefix):])) {
			return m.counter
		}
	}
	warned.once(model)
	return unknownCounter
}

const longestName = 32 // no name in models is longer

// bareName strips what routers and clouds put around a model's name, and lowers its case.
func bareName(model string) string {
	name := strings.ToLower(strings.TrimSpace(model))
	if i := strings.Index(name, "ft:"); i == 0 || i > 0 && name[i-1] == '/' {
		name, _, _ = strings.Cut(name[i+len("ft:"):], ":") // an organisation's name may contain slashes
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	for {
		i := strings.IndexAny(name, ".:")
		if i < 0 || !labels[name[:i]] {
			return name
		}
		name = name[i+1:]
	}
}

// labels are the regions and vendors that stand before a dot or a colon: Bedrock's
// "us.meta.llama3-70b-instruct-v1:0", or "openai:gpt-4o".
var labels = map[string]bool{
	"us": true, "us-gov": true, "eu": true, "apac": true, "jp": true, "au": true, "ca": true, "sa": true, "global": true,
	"anthropic": true, "azure": true, "bedrock": true, "google": true, "google-gla": true,
	"google-vertex": true, "groq": true, "meta": true, "mistral": true, "ollama": true, "openai": true, "openrouter": true,
	"chat": true, "responses": true, "qwen": true, "xai": true,
}

// ends reports whether a known name may be followed by rest: "o1" is the start of "o1-mini", but neither
// of "o1x" nor of "o15".
func ends(rest string) bool {
	if rest == "" {
		return true
	}
	c := rest[0]
	return c < '0' || c > '9' && c < 'a' || c > 'z'
}

// warnings remembers which names were warned about. Names come from outside, so it remembers a bounded
// number of their beginnings, says when it stops, and is silent from then on.
type warnings struct {
	mu   sync.Mutex
	seen map[string]bool
}

const (
	maxWarnings = 256
	maxWarned   = 128 // bytes of a name
)

var warned = warnings{seen: make(map[string]bool)}

func (w *warnings) once(model string) {
	model = model[:min(len(model), maxWarned)]
	w.mu.Lock()
	known := w.seen[model] || len(w.seen) >= maxWarnings
	if !known {
		w.seen[strings.Clone(model)] = true
	}
	last := !known && len(w.seen) == maxWarnings
	w.mu.Unlock()
	if known {
		return
	}
	slog.Warn("tokenizer: unknown model, counting conservatively", "model", model)
	if last {
		slog.Warn("tokenizer: too many unknown models, no more of them will be named")
	}
}

// Package formats is the registry of the wire formats: by name, by the route of a request, and by the shape of its body.
//
// What is particular to a provider stands here and in its format's room, and nowhere else.
package formats

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/anthropic"
	"github.com/orchestrate-go/orchestrate/middleware/wire/embeddings"
	"github.com/orchestrate-go/orchestrate/middleware/wire/gemini"
	"github.com/orchestrate-go/orchestrate/middleware/wire/ollama"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/middleware/wire/responses"
)

// Provider is a format with the service that it is named after.
type Provider struct {
	wire.Format
	Home        string // the base URL of the service, "" where each account has its own
	KeyVariable string // the environment variable that holds its key by convention
	Model       string // a small one, for a first project; "" where none is begun with the service
	families    string // how the names of its own models begin, see Serving
}

// providers are all of them, the most spoken format first.
var providers = []Provider{
	{openai.Format, "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini", "gpt-|chatgpt-|o1|o3|o4|codex-"},
	{anthropic.Format, "https://api.anthropic.com", "ANTHROPIC_API_KEY", "claude-haiku-4-5", "claude-"},
	{gemini.Format, "https://generativelanguage.googleapis.com", "GEMINI_API_KEY", "gemini-2.5-flash", "gemini-"},
	{openai.Azure(""), "", "AZURE_OPENAI_API_KEY", "", ""},
	{ollama.Format, "http://localhost:11434", "", "llama3.2", ""},
}

// Those whose requests have the model in the body and the cap at its top. chats answer prompts; the last two are of foreign
// clients alone, and no provider is configured by them.
var (
	chats = []wire.Format{openai.Format, anthropic.Format, responses.Format}
	all   = append(chats[:len(chats):len(chats)], embeddings.Format)
)

// Providers returns all of them, the most spoken format first.
func Providers() []Provider { return append([]Provider(nil), providers...) }

// Chats returns the formats that answer prompts, and have the model in the body and the cap at its top.
func Chats() []wire.Format { return append([]wire.Format(nil), chats...) }

// All returns those of [Chats], and the others of their kind after them.
func All() []wire.Format { return append([]wire.Format(nil), all...) }

// Of returns the provider whose format configuration calls name.
func Of(name string) (Provider, error) {
	var known []string
	for _, p := range providers {
		if p.Name() == name {
			return p, nil
		}
		known = append(known, p.Name())
	}
	return Provider{}, fmt.Errorf("%q is not a wire format (%s)", name, strings.Join(known, " or "))
}

// Serving returns the provider whose own model has this name, as it is written there: without the label of a gateway or a cloud.
func Serving(model string) (Provider, bool) {
	for _, p := range providers {
		for _, family := range strings.Split(p.families, "|") {
			if family != "" && strings.HasPrefix(model, family) && !strings.ContainsAny(model, "/:") {
				return p, true
			}
		}
	}
	return Provider{}, false
}

// ByRoute returns the format whose requests go to an address, under whatever base, or nil if there is none.
func ByRoute(u *url.URL) wire.Format {
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	for _, f := range all {
		if serves(f, path) {
			return f
		}
	}
	if f := ollama.Route(u); f != nil {
		return f
	}
	return gemini.Route(u)
}

// Routes says which requests [ByRoute] knows.
func Routes() string {
	var list []string
	for _, f := range all {
		list = append(list, strings.TrimPrefix(f.Path(), "/v1"))
	}
	return strings.Join(list, ", ") + ", Ollama's /api/chat, /api/generate and /api/embed, and a Gemini model's :generateContent, :streamGenerateContent, :embedContent and :batchEmbedContents"
}

// Free reports whether a POST to a path costs nothing, where the path has a model in it.
func Free(path string) bool { return gemini.Counts(path) }

// Serves reports whether requests of the format go to a path: services have its route under bases of their own.
func (p Provider) Serves(path string) bool { return serves(p.Format, path) }

func serves(f wire.Format, path string) bool {
	return strings.HasSuffix(path, strings.TrimPrefix(f.Path(), "/v1"))
}

package models

import (
	"strings"
)

// Some models are charged for input that no request shows: pages that they read before they answer, or a prompt that
// is kept at the provider. Their names are all that tells.

const (
	webPages     = "web pages that the model reads"
	routedModel  = "a model that a router chooses"
	storedPrompt = "a prompt that the provider keeps"
)

// The models that bring such input, by name without date and variant, and with the vendor only where the name alone
// could be another's. Sources:
//
//   - OpenAI: "Web search" and "Deep research". Its search models search without being asked to, and its models for
//     deep research always do (openrouter.ai/openai/o3-deep-research).
//   - Perplexity: "Sonar models". What the pages have is in citation_tokens (perplexityai/api-discussion#319).
//   - Groq: "Compound systems", which search and run code at Groq, up to ten times a request.
//   - Jina, Exa, Brave, Kagi (FastGPT), MiroMind, Alibaba (Qwen) and Google (Gemini): their models for answers and research.
//   - xAI: "Multi-agent", models of which several research at once.
//   - OpenRouter: "Model routing". Fusion asks several models and searches; other routers choose the model, and with it
//     what it reads. Azure: "Model router". Kilo and NanoGPT: their automatic models. A bare "auto" is what gateways call theirs.
var (
	unseenNames = map[string]string{
		"sonar": webPages, "compound": webPages, "compound-mini": webPages, "compound-beta": webPages,
		"exa": webPages, "exa-pro": webPages, "exa-research": webPages, "exa-answer": webPages, "openrouter/fusion": webPages,
		"brave": webPages, "brave-pro": webPages, "brave-research": webPages, "fastgpt": webPages,

		"auto": routedModel, "auto-beta": routedModel, "auto-code": routedModel, "model-router": routedModel,
		"auto-model": routedModel, "auto-model-basic": routedModel, "auto-model-standard": routedModel, "auto-model-premium": routedModel,
		"coding-router": routedModel, "kilo-auto/balanced": routedModel, "kilo-auto/free": routedModel,
		"kilo-auto/frontier": routedModel, "kilo-auto/small": routedModel,
		"openrouter/free": routedModel, "openrouter/pareto-code": routedModel, "switchpoint/router": routedModel,
	}
	unseenAffixes = []struct{ begins, ends string }{ // all for web pages
		{"", "-search-preview"}, {"", "-search-api"},
		{"", "-deep-research"}, {"deep-research-", ""}, {"", "-deepresearch"}, {"", "-deepresearch-mini"},
		{"grok-", "-multi-agent"}, {"grok-", "-multi-agent-beta"},
		{"sonar-", ""}, {"llama-3", "-online"}, {"pplx-", "-online"}, // the latter two before 2025
		{"compound-beta-", ""}, {"jina-deepsearch-", ""}, {"exa-research-", ""},
	}
)

// Unseen returns what the model is charged for and no request shows, empty if nothing is known of the kind.
func (m *Model) Unseen() string {
	// OpenRouter's and NanoGPT's
	if strings.Contains(m.name, "@preset/") || strings.HasPrefix(m.name, "presets/") {
		return storedPrompt
	}
	part, variants, more := strings.Cut(m.tuned, ":") // a vendor, a name or a variant
	for first := true; ; first = false {
		// The variants that search at OpenRouter, NanoGPT, where an engine may follow ("gpt-4o:online/linkup-deep"), and
		// Venice.
		if !first && (part == "online" || part == "web" || strings.HasPrefix(part, "online/")) {
			return webPages
		}
		if why := unseenName(part); why != "" || !more {
			return why
		}
		part, variants, more = strings.Cut(variants, ":")
	}
}

func unseenName(name string) string {
	name = strings.TrimSuffix(strings.TrimRight(name, "-@0123456789"), "-latest")
	last := strings.LastIndexByte(name, '/')
	if why := unseenNames[name[last+1:]]; why != "" {
		return why
	}
	if last >= 0 {
		vendor := strings.LastIndexByte(name[:last], '/')
		if why := unseenNames[name[vendor+1:]]; why != "" {
			return why
		}
	}
	name = name[last+1:]
	for _, a := range unseenAffixes {
		if strings.HasPrefix(name, a.begins) && strings.HasSuffix(name, a.ends) {
			return webPages
		}
	}
	return ""
}

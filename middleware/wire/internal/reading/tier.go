package reading

import (
	"cmp"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
)

// TierWords are a request's or an answer's own words for how it is served: OpenAI's service_tier
// (https://platform.openai.com/docs/api-reference/chat), Anthropic's service_tier, speed and inference_geo, which
// its answers have in their usage (https://docs.anthropic.com/en/api/messages).
//
// Cerebras names what "auto" came to beside it, in service_tier_used (vercel/ai, its provider for Cerebras).
type TierWords struct{ service, used, speed, region string }

// Say takes a member of an object, if it is one of the words.
func (t *TierWords) Say(key string, v Node) {
	switch key {
	case "service_tier":
		t.service = tierWord(v, t.service)
	case "service_tier_used":
		t.used = tierWord(v, t.used)
	case "speed":
		if v.Kind() == '"' { // a number is how fast it was
			t.speed = tierWord(v, t.speed)
		}
	case "inference_geo":
		t.region = tierWord(v, t.region)
	}
}

// SayTraffic takes Vertex AI's word for a tier, of those that are prices.
func (t *TierWords) SayTraffic(v Node) {
	switch v.Text() {
	case "ON_DEMAND":
		t.used = budget.StandardService
	case "ON_DEMAND_PRIORITY":
		t.used = "priority"
	case "ON_DEMAND_FLEX":
		t.used = "flex"
	}
}

// Follow takes a later event's words in place of earlier ones.
func (t *TierWords) Follow(later TierWords) {
	for _, p := range [][2]*string{{&t.service, &later.service}, {&t.used, &later.used}, {&t.speed, &later.speed}, {&t.region, &later.region}} {
		if *p[1] != "" {
			*p[0] = *p[1]
		}
	}
}

// Tier is what the words mean to package budget. A fast speed is a service of its own.
func (t TierWords) Tier() budget.Tier {
	tier := budget.Tier{Service: cmp.Or(t.used, t.service), Region: t.region}
	switch tier.Service {
	case "auto":
		tier.Service = ""
	case "default", "standard_only", "on_demand":
		tier.Service = budget.StandardService
	}
	if t.speed != "" && t.speed != "standard" {
		tier.Service = t.speed
	}
	if tier.Region == "not_available" {
		tier.Region = ""
	}
	return tier
}

// unknownTier stands for a word that no tier can have: it has no price.
const unknownTier = "unknown"

// tierWord returns a word in lower case, otherwise what was said before if v is absent. It is at most 32 characters of
// plain names, because it goes into books.
func tierWord(v Node, before string) string {
	if v == nil || string(v) == `""` {
		return before
	}
	return tierName(v.Text())
}

func tierName(s string) string {
	const longest = 32
	if s = Word(strings.ToLower(s)); s == "" || len(s) > longest {
		return unknownTier
	}
	return s
}

// ServiceTier is what a word for a service tier means to package budget.
func ServiceTier(word string) string { return TierWords{service: tierName(word)}.Tier().Service }

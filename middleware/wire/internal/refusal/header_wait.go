package refusal

import (
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
)

// HeaderWait reads "retry-after-ms" (milliseconds), or "retry-after": seconds or an HTTP date (RFC 9110, section
// 10.2.3); some send a duration. Where neither says anything and resets is set, the limits of the rate do.
func HeaderWait(get func(string) string, resets bool) (w Wait) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		w.Join(Wait{After: number(get(name), time.Millisecond)})
	}
	if w == (Wait{}) {
		w = waitOf(get("retry-after"))
	}
	if w == (Wait{}) && resets {
		w = rateReset(get)
	}
	return w
}

// The names of limits, after the prefixes under which providers tell when they start afresh: durations ("6m0s", "12ms")
// by OpenAI and Groq, seconds by Cerebras and Mistral, milliseconds since 1970 by OpenRouter, times by Anthropic.
var (
	limitNames    = []string{"", "-requests", "-tokens", "-requests-minute", "-tokens-minute", "-requests-day", "-tokens-day", "-project-tokens"}
	anthropicRate = []string{"requests", "tokens", "input-tokens", "output-tokens", "unified"}
)

// rateReset reads when the limits of a rate start afresh. The limits that are used up decide; where none says so,
// all do.
func rateReset(get func(string) string) Wait {
	var exhausted, longest Wait
	consider := func(reset, remaining string) {
		w := waitOf(reset)
		longest.Join(w)
		if strings.TrimSpace(remaining) == "0" {
			exhausted.Join(w)
		}
	}
	for _, what := range limitNames {
		for _, prefix := range []string{"x-ratelimit", "ratelimit", "x-rate-limit", "ratelimitbysize"} {
			consider(get(prefix+"-reset"+what), get(prefix+"-remaining"+what))
		}
	}
	for _, what := range anthropicRate {
		consider(get("anthropic-ratelimit-"+what+"-reset"), get("anthropic-ratelimit-"+what+"-remaining"))
	}
	for _, limit := range draftLimits(get("ratelimit")) {
		consider(limit.reset, limit.remaining)
	}
	if exhausted != (Wait{}) {
		return exhausted
	}
	return longest
}

type draftLimit struct{ reset, remaining string }

var (
	draftReset     = lazy.Regexp(`\b(?:t|reset)\s*=\s*(\d{1,9})`)
	draftRemaining = lazy.Regexp(`\b(?:r|remaining)\s*=\s*(\d{1,9})`)
)

// draftLimits reads the field RateLimit of the drafts for HTTP: a list of "name";r=remaining;t=seconds (Hugging Face),
// and in older ones limit=, remaining=, reset= of a single limit (draft-ietf-httpapi-ratelimit-headers, 09 and 07).
func draftLimits(field string) (limits []draftLimit) {
	field = field[:min(len(field), reading.MaxName)]
	parts := []string{field}
	if !strings.Contains(field, "reset") {
		parts = strings.SplitN(field, ",", maxParts)
	}
	for _, part := range parts {
		reset, remaining := draftReset().FindStringSubmatch(part), draftRemaining().FindStringSubmatch(part)
		if reset != nil && remaining != nil {
			limits = append(limits, draftLimit{reset[1], remaining[1]})
		}
	}
	return limits
}

package wire

import (
	"bytes"
	"mime"
	"strings"
	"time"
)

// ReadHeader takes from the header of an error answer what the provider calls the attempt and how long it
// asks to wait; the longest of what header and body say counts. get returns the value of a header by its
// name, "" where there is none; now turns the times of day among them into waits.
func (e *Error) ReadHeader(get func(name string) string, now time.Time) {
	if id := RequestID(get); id != "" {
		e.RequestID = id
	}
	if e.Answer != nil {
		e.Answer.ReadHeader(get)
	}
	said := waiting{e.RetryAfter, e.until}
	limited := e.Status == 429 || e.Class == RateLimit
	said.join(headerWait(get, limited && said == waiting{}))
	e.RetryAfter = said.from(now)
	if e.RetryAfter == 0 && e.daily {
		e.RetryAfter = nextDay(now)
	}
}

// nextDay is the wait until Google's quotas of a day start afresh: at midnight in its Pacific time zone, in winter,
// which is an hour late in summer (https://ai.google.dev/gemini-api/docs/rate-limits).
func nextDay(now time.Time) time.Duration {
	const day, midnight = 24 * time.Hour, 8 * time.Hour // UTC
	return day - now.UTC().Add(-midnight).Sub(now.UTC().Add(-midnight).Truncate(day))
}

// ReadHeader takes from the header of an answer what the provider calls the attempt, and the tier that served it where
// the body does not say: Gemini (https://ai.google.dev/gemini-api/docs/priority-inference) and Bedrock
// (https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html).
func (r *Response) ReadHeader(get func(name string) string) {
	if id := RequestID(get); id != "" {
		r.RequestID = id
	}
	for _, name := range []string{"x-gemini-service-tier", "x-amzn-bedrock-service-tier"} {
		if value := get(name); value != "" && r.Tier.Service == "" {
			r.Tier.Service = tierWords{service: tierName(value)}.tier().Service
		}
	}
}

// RequestID is the name that the provider's header gives an attempt, "" where it gives none.
func RequestID(get func(name string) string) string {
	for _, name := range []string{"x-request-id", "request-id"} {
		if id := word(get(name)); id != "" {
			return id
		}
	}
	return ""
}

// Streamed reports whether an answer with this content type is a stream of server-sent events. It goes by
// what came rather than by what was asked for: some servers cannot stream, some proxies drop the type.
func Streamed(contentType string, asked bool) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "text/event-stream" || (asked && kind != "application/json")
}

// Begins reports whether a body that begins so is a stream of server-sent events, where its header says that it is
// streamed or not: some servers set the type that was asked for and send an error's object, some name a stream JSON. known
// is false as long as too little came to tell.
func Begins(begin []byte, streamed bool) (is, known bool) {
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(begin) == 0 {
		return streamed, false
	}
	if begin[0] == '{' || begin[0] == '[' {
		return false, true
	}
	for _, field := range []string{":", "data:", "event:"} {
		if n := min(len(field), len(begin)); string(begin[:n]) == field[:n] {
			return streamed || n == len(field), streamed || n == len(field)
		}
	}
	return streamed, true
}

// headerWait reads "retry-after-ms" (milliseconds), or "retry-after": seconds or an HTTP date (RFC 9110, section
// 10.2.3); some send a duration. Where neither says anything and resets is set, the limits of the rate do.
func headerWait(get func(string) string, resets bool) (w waiting) {
	for _, name := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		w.join(waiting{after: number(get(name), time.Millisecond)})
	}
	if w == (waiting{}) {
		w = waitOf(get("retry-after"))
	}
	if w == (waiting{}) && resets {
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
func rateReset(get func(string) string) waiting {
	var exhausted, longest waiting
	consider := func(reset, remaining string) {
		w := waitOf(reset)
		longest.join(w)
		if strings.TrimSpace(remaining) == "0" {
			exhausted.join(w)
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
	if exhausted != (waiting{}) {
		return exhausted
	}
	return longest
}

type draftLimit struct{ reset, remaining string }

var (
	draftReset     = lazy(`\b(?:t|reset)\s*=\s*(\d{1,9})`)
	draftRemaining = lazy(`\b(?:r|remaining)\s*=\s*(\d{1,9})`)
)

// draftLimits reads the field RateLimit of the drafts for HTTP: a list of "name";r=remaining;t=seconds (Hugging Face),
// and in older ones limit=, remaining=, reset= of a single limit (draft-ietf-httpapi-ratelimit-headers, 09 and 07).
func draftLimits(field string) (limits []draftLimit) {
	field = field[:min(len(field), maxName)]
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

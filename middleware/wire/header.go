package wire

import (
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// ReadErrorHeader takes from the header of an error answer what the provider calls the attempt and how long it
// asks to wait; the longest of what header and body say counts. get returns the value of a header by its
// name, "" where there is none; now turns the times of day among them into waits.
func ReadErrorHeader(e *Error, get func(name string) string, now time.Time) {
	if id := RequestID(get); id != "" {
		e.RequestID = id
	}
	if e.Answer != nil {
		ReadHeader(e.Answer, get)
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
func ReadHeader(r *Response, get func(name string) string) {
	if id := RequestID(get); id != "" {
		r.RequestID = id
	}
	for _, name := range []string{"x-gemini-service-tier", "x-amzn-bedrock-service-tier"} {
		if value := get(name); value != "" && r.Tier.Service == "" {
			r.Tier.Service = TierWords{service: tierName(value)}.tier().Service
		}
	}
}

// RequestID is the name that the provider's header gives an attempt, "" where it gives none.
func RequestID(get func(name string) string) string {
	for _, name := range []string{"x-request-id", "request-id"} {
		if id := Word(get(name)); id != "" {
			return id
		}
	}
	return ""
}

// HeaderTier reads which service tier the header of a request asks for. Vertex AI has a header for it
// (https://cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo), Bedrock another, X-Amzn-Bedrock-Service-Tier.
func HeaderTier(header map[string][]string) budget.Tier {
	var t TierWords
	for name, values := range header {
		switch name := bare(name); {
		case strings.HasSuffix(name, "servicetier"), strings.HasSuffix(name, "xvertexaillmsharedrequesttype"):
			for _, value := range values {
				t.service = tierWord(Node(Marshal(value)), t.service)
			}
		}
	}
	return t.tier()
}

// Package headers reads what the headers of requests and answers say beside their bodies.
package headers

import (
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/reading"
	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/refusal"
)

// OfError takes from the header of an error answer what the provider calls the attempt and how long it
// asks to wait; the longest of what header and body say counts. get returns the value of a header by its
// name, "" where there is none; now turns the times of day among them into waits.
func OfError(e *wire.Error, get func(name string) string, now time.Time) {
	if id := requestID(get); id != "" {
		e.RequestID = id
	}
	if e.Answer != nil {
		OfAnswer(e.Answer, get)
	}
	said := refusal.Wait{After: e.RetryAfter, Until: e.RetryAt}
	limited := e.Status == 429 || e.Class == wire.RateLimit
	said.Join(refusal.HeaderWait(get, limited && said == refusal.Wait{}))
	e.RetryAfter = said.From(now)
	if e.RetryAfter == 0 && e.Daily {
		e.RetryAfter = nextDay(now)
	}
}

// nextDay is the wait until Google's quotas of a day start afresh: at midnight in its Pacific time zone, in winter,
// which is an hour late in summer (https://ai.google.dev/gemini-api/docs/rate-limits).
func nextDay(now time.Time) time.Duration {
	const day, midnight = 24 * time.Hour, 8 * time.Hour // UTC
	return day - now.UTC().Add(-midnight).Sub(now.UTC().Add(-midnight).Truncate(day))
}

// OfAnswer takes from the header of an answer what the provider calls the attempt, and the tier that served it where
// the body does not say: Gemini (https://ai.google.dev/gemini-api/docs/priority-inference) and Bedrock
// (https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html).
func OfAnswer(r *wire.Response, get func(name string) string) {
	if id := requestID(get); id != "" {
		r.RequestID = id
	}
	for _, name := range []string{"x-gemini-service-tier", "x-amzn-bedrock-service-tier"} {
		value := get(name)
		if value == "" {
			continue
		}
		if r.Usage == nil {
			r.Usage = &wire.Usage{Unknown: budget.BothSides}
		}
		if r.Usage.Tier.Service == "" {
			r.Usage.Tier.Service = reading.ServiceTier(value)
		}
	}
}

// requestID is the name that the provider's header gives an attempt, "" where it gives none.
func requestID(get func(name string) string) string {
	for _, name := range []string{"x-request-id", "request-id"} {
		if id := reading.Word(get(name)); id != "" {
			return id
		}
	}
	return ""
}

// Tier reads which service tier the header of a request asks for. Vertex AI has a header for it
// (https://cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo), Bedrock another, X-Amzn-Bedrock-Service-Tier.
func Tier(header map[string][]string) (t budget.Tier) {
	for name, values := range header {
		switch name := reading.Bare(name); {
		case strings.HasSuffix(name, "servicetier"), strings.HasSuffix(name, "xvertexaillmsharedrequesttype"):
			for _, value := range values {
				if value != "" {
					t.Service = reading.ServiceTier(value)
				}
			}
		}
	}
	return t
}

package wire

import (
	"mime"
	"strconv"
	"strings"
	"time"
)

// ReadHeader takes from the header of an error answer what the provider calls the attempt and how long it
// asks to wait. get returns the value of a header by its name, "" where there is none; now turns the times
// of day among them into waits.
func (e *Error) ReadHeader(get func(name string) string, now time.Time) {
	if id := RequestID(get); id != "" {
		e.RequestID = id
	}
	e.RetryAfter = retryAfter(get, now)
	if e.RetryAfter == 0 && e.Status == 429 {
		e.RetryAfter = rateReset(get, now)
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

// retryAfter reads "retry-after-ms" (milliseconds) and "retry-after": seconds or an HTTP date (RFC 9110,
// section 10.2.3).
func retryAfter(get func(string) string, now time.Time) time.Duration {
	if wait := number(get("retry-after-ms"), time.Millisecond); wait > 0 {
		return wait
	}
	text := get("retry-after")
	if wait := number(text, time.Second); wait > 0 {
		return wait
	}
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if at, err := time.Parse(layout, text); err == nil {
			return max(0, at.Sub(now))
		}
	}
	return 0
}

// number reads a count of units, 0 if it is none or more than a year.
func number(text string, unit time.Duration) time.Duration {
	const year = 366 * 24 * time.Hour
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(n > 0 && n <= float64(year/unit)) { // nor a NaN
		return 0
	}
	return time.Duration(n * float64(unit))
}

// rateReset reads when the limits of a rate start afresh. OpenAI gives durations ("6m0s", "12ms") in
// x-ratelimit-reset-*, Anthropic times in anthropic-ratelimit-*-reset. The limits that are used up decide;
// where none says so, all do. The longest counts: a retry before it would be refused again.
func rateReset(get func(string) string, now time.Time) time.Duration {
	var exhausted, longest time.Duration
	consider := func(wait time.Duration, remaining string) {
		longest = max(longest, wait)
		if remaining == "0" {
			exhausted = max(exhausted, wait)
		}
	}
	for _, what := range []string{"requests", "tokens"} {
		if wait, err := time.ParseDuration(get("x-ratelimit-reset-" + what)); err == nil {
			consider(wait, get("x-ratelimit-remaining-"+what))
		}
	}
	for _, what := range []string{"requests", "tokens", "input-tokens", "output-tokens"} {
		if at, err := time.Parse(time.RFC3339, get("anthropic-ratelimit-"+what+"-reset")); err == nil {
			consider(at.Sub(now), get("anthropic-ratelimit-"+what+"-remaining"))
		}
	}
	if exhausted > 0 {
		return exhausted
	}
	return longest
}

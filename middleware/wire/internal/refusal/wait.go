package refusal

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire/internal/lazy"
)

// Wait is how long a provider asks to wait: for so long, or until then. The longer counts, since a retry before
// it would be refused again. Zero is nothing.
type Wait struct {
	After time.Duration
	Until time.Time
}

// Join makes w the longer of w and v.
func (w *Wait) Join(v Wait) {
	w.After = max(w.After, v.After)
	if v.Until.After(w.Until) {
		w.Until = v.Until
	}
}

// From is the wait from now on, never negative, and 0 for one of more than a year, which nobody means.
func (w Wait) From(now time.Time) time.Duration {
	wait := w.After
	if !w.Until.IsZero() {
		if left := w.Until.Sub(now); left <= longestWait {
			wait = max(wait, left)
		}
	}
	return max(0, wait)
}

const longestWait = 366 * 24 * time.Hour

// number reads a count of units, 0 if it is none or more than a year.
func number(text string, unit time.Duration) time.Duration {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(n > 0 && n <= float64(longestWait/unit)) { // nor a NaN
		return 0
	}
	return time.Duration(n * float64(unit))
}

// waitOf reads one field: seconds, a duration ("6m0s", "38.9s", "420 ms"), a time as a number of seconds or milliseconds
// since 1970, or a time in words (RFC 3339, RFC 9110).
func waitOf(text string) Wait {
	text = strings.TrimSpace(text)
	if len(text) > 64 {
		return Wait{}
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return instant(n)
	}
	if d, rest := duration(strings.ToLower(text)); d > 0 && strings.TrimSpace(rest) == "" {
		return Wait{After: d}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 at 15:04 MST",
		"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if at, err := time.Parse(layout, text); err == nil {
			return Wait{Until: at}
		}
	}
	return Wait{}
}

// instant tells seconds from now and times since 1970 apart by their size.
func instant(n float64) Wait {
	const second, millisecond, most = 1e9, 1e11, 1e14
	switch {
	case n >= most || !(n > 0):
		return Wait{}
	case n >= millisecond:
		return Wait{Until: time.UnixMilli(int64(n))}
	case n >= second:
		return Wait{Until: time.Unix(int64(n), 0)}
	case n <= longestWait.Seconds():
		return Wait{After: time.Duration(n * float64(time.Second))}
	}
	return Wait{}
}

var (
	measure = lazy.Regexp(`^(\d{1,9}(?:\.\d{1,9})?) ?(milliseconds?|millis|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?:[^a-z]|$)`)
	packed  = lazy.Regexp(`^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)`)
	clock   = lazy.Regexp(`^(\d{1,4}):(\d{2}):(\d{2})`)
	between = lazy.Regexp(`^(?:,? and |, ?| )?`)
)

// duration reads the duration that text begins with and returns what follows: "1m2.5s", "2 hours and 5 minutes",
// "12:13:14". text is in small letters.
func duration(text string) (sum time.Duration, rest string) {
	if m := clock().FindStringSubmatch(text); m != nil {
		for i, unit := range []time.Duration{time.Hour, time.Minute, time.Second} {
			sum += number(m[i+1], unit)
		}
		return sum, text[len(m[0]):]
	}
	for first := true; ; first = false {
		next := text
		if !first {
			next = text[len(between().FindString(text)):]
		}
		m := measure().FindStringSubmatch(next)
		if m == nil {
			m = packed().FindStringSubmatch(next)
		}
		if m == nil {
			return min(sum, longestWait), text
		}
		sum = min(sum+number(m[1], unitOf(m[2])), longestWait)
		text = strings.TrimPrefix(next[len(m[1]):], " ")[len(m[2]):]
	}
}

func unitOf(word string) time.Duration {
	switch {
	case strings.HasPrefix(word, "ms") || strings.HasPrefix(word, "mil"):
		return time.Millisecond
	case word[0] == 's':
		return time.Second
	case word[0] == 'm':
		return time.Minute
	case word[0] == 'h':
		return time.Hour
	}
	return 24 * time.Hour
}

var (
	asks = lazy.Regexp(`\b(?:try(?:ing)? (?:your request )?again|retry(?:ing)?(?: your requests?)?|wait|resets?|reset time|replenished|available again|backoff|back off)` +
		`[: ]{1,2}(?:at least |about |around |approximately |for |in |after |another |~)*`)
	bareSeconds = lazy.Regexp(`^(\d{1,7}(?:\.\d{1,9})?)(?:[^\d.:/%a-z-]|[.,] |\.?$)`)
	later       = lazy.Regexp(`(\d{1,7}) ?(秒|分钟|小时)(?:钟)?(?:之?后)`)
)

// waitIn finds the wait that a message asks for in words, 0 if it asks for none: "Please try again in 1m2.5s",
// "retry after 12 seconds", "Please wait 81435 seconds before retrying". A number without a unit is seconds.
func waitIn(message string) (longest time.Duration) {
	message = strings.ToLower(message)
	for _, at := range asks().FindAllStringIndex(message, maxParts) {
		rest := message[at[1]:]
		d, _ := duration(rest)
		if m := bareSeconds().FindStringSubmatch(rest); d == 0 && m != nil {
			d = number(m[1], time.Second)
		}
		longest = max(longest, d)
	}
	if m := later().FindStringSubmatch(message); m != nil {
		unit := map[string]time.Duration{"秒": time.Second, "分钟": time.Minute, "小时": time.Hour}[m[2]]
		longest = max(longest, number(m[1], unit))
	}
	return longest
}

var dated = lazy.Regexp(`\b(?:resets?|access|available|until|again|after)\b[^\d]{0,16}(\d{4}-\d{2}-\d{2})(?:t| at | )(\d{2}:\d{2})(:\d{2})?(?:\.\d+)? ?(?:utc|gmt|z)\b`)

// dateIn finds the time of day, in UTC, until which a message asks to wait: "Limit resets at: 2026-03-01 12:00:00 UTC".
func dateIn(message string) (at time.Time) {
	if m := dated().FindStringSubmatch(strings.ToLower(message)); m != nil {
		at, _ = time.Parse("2006-01-02 15:04:05", m[1]+" "+m[2]+cmp.Or(m[3], ":00"))
	}
	return at
}

// bodyWait reads the waits that the fields of an object say: google.rpc.RetryInfo, and the names of others.
func bodyWait(m map[string]any) (w Wait) {
	for _, key := range []string{"retryDelay", "retry_delay", "quotaResetDelay", "quotaResetTimeStamp", "retry_after", "retryAfter",
		"retry_after_seconds", "estimated_time", "reset_at", "resetAt", "resets_at", "reset_time", "resets_in_seconds",
		"reset_in_seconds", "reset_seconds"} {
		if parts, ok := m[key].(map[string]any); ok { // a protobuf duration, taken apart
			w.Join(Wait{After: number(scalar(parts["seconds"]), time.Second) + number(scalar(parts["nanos"]), time.Nanosecond)})
			continue
		}
		w.Join(waitOf(scalar(m[key])))
	}
	for _, key := range []string{"retry_after_ms", "retryAfterMs"} {
		w.Join(Wait{After: number(scalar(m[key]), time.Millisecond)})
	}
	return w
}

package orchestrator

import (
	"encoding/json"
	"time"
)

// MarshalJSON implements [json.Marshaler].
func (r Result) MarshalJSON() ([]byte, error) { return r.JSON() }

// JSON writes the result with times that JSON can say. A clock may stand past the year 9999, which time.Time refuses to
// write, and a result that was paid for must not be lost for that. It is [json.Marshal] without a second look at what
// [Result.MarshalJSON] returns.
func (r Result) JSON() ([]byte, error) {
	type plain Result // without this method
	r.Started, r.Ended = WithinJSON(r.Started), WithinJSON(r.Ended)
	if r.NotBefore != nil {
		t := WithinJSON(*r.NotBefore)
		r.NotBefore = &t
	}
	return json.Marshal(plain(r))
}

// WithinJSON returns t, or the nearest time whose year has four digits.
func WithinJSON(t time.Time) time.Time {
	switch year := t.Year(); {
	case year > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	case year < 0:
		return time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

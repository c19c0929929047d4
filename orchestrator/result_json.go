package orchestrator

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
)

// MarshalJSON implements [json.Marshaler].
func (r Result) MarshalJSON() ([]byte, error) { return r.JSON() }

// JSON writes the result with times that JSON can say. A clock may stand past the year 9999, which time.Time refuses to
// write, and a result that was paid for must not be lost for that. It is [json.Marshal] without a second look at what
// [Result.MarshalJSON] returns.
func (r Result) JSON() ([]byte, error) {
	type plain Result // without this method
	said := struct {
		plain
		Usage usage       `json:"usage,omitzero"`
		USD   json.Number `json:"cost_usd,omitempty"`
	}{Usage: usage(r.Usage)}
	if r.Cost != nil {
		said.USD = json.Number(strings.TrimPrefix(r.Cost.String(), "$"))
	}
	r.Started, r.Ended = WithinJSON(r.Started), WithinJSON(r.Ended)
	if r.NotBefore != nil {
		t := WithinJSON(*r.NotBefore)
		r.NotBefore = &t
	}
	said.plain = plain(r)
	return json.Marshal(said)
}

// usage is a [budget.Usage] whose zeros are left out.
type usage struct {
	Input        int64          `json:"input,omitempty"`
	CacheRead    int64          `json:"cache_read,omitempty"`
	CacheWrite5m int64          `json:"cache_write_5m,omitempty"`
	CacheWrite1h int64          `json:"cache_write_1h,omitempty"`
	Output       int64          `json:"output,omitempty"`
	AudioInput   int64          `json:"audio_input,omitempty"`
	AudioOutput  int64          `json:"audio_output,omitempty"`
	Reasoning    int64          `json:"reasoning,omitempty"`
	Fees         budget.NanoUSD `json:"fees_nano_usd,omitempty"`
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

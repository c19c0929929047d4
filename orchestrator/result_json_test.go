package orchestrator

import (
	"encoding/json"
	"testing"
	"time"
)

// TestResultsOfOddClocks: a clock past the year 9999, or before the year 0, costs no result.
func TestResultsOfOddClocks(t *testing.T) {
	date := func(year int) time.Time { return time.Date(year, 6, 1, 12, 0, 0, 5, time.UTC) }
	for year, want := range map[int]string{
		12000: "9999-12-31T23:59:59Z", 9999: "9999-06-01T12:00:00.000000005Z", 2026: "2026-06-01T12:00:00.000000005Z",
		-1: "0000-01-01T00:00:00Z", 292277026596: "9999-12-31T23:59:59Z",
	} {
		until := date(year)
		r := Result{ID: "a", Outcome: Done, Output: "paid for", Started: date(year), Ended: date(year), NotBefore: &until}
		var times struct {
			Started, Ended string
			NotBefore      string `json:"not_before"`
			Output         string
		}
		if err := json.Unmarshal(r.encode(true), &times); err != nil {
			t.Fatal(err)
		}
		if times.Started != want || times.Ended != want || times.NotBefore != want || times.Output != "paid for" {
			t.Errorf("year %d: %+v, want %s", year, times, want)
		}
		if _, err := DecodeResult(r.encode(false)); err != nil || until != date(year) {
			t.Errorf("year %d: %v", year, err)
		}
	}
	eastern := time.FixedZone("", 3600)
	if _, err := json.Marshal(WithinJSON(time.Date(10000, 1, 1, 0, 30, 0, 0, eastern))); err != nil {
		t.Error(err)
	}
}

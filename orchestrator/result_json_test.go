package orchestrator

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
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

func TestResultsSayWhatWasUsedAndInDollars(t *testing.T) {
	cost := Cost(419_000)
	used := Result{ID: "a", Outcome: Done, Attempts: 1, Tokens: 22, Cost: &cost, Usage: budget.Usage{Input: 2, Output: 20}}
	for _, tt := range []struct {
		result Result
		has    []string
		not    []string
	}{
		{used, []string{`"usage":{"input":2,"output":20}`, `"cost_usd":0.000419`, `"cost_nano_usd":419000`, `"attempts":1`}, []string{"cache_read"}},
		{Result{ID: "b", Attempts: 1, Tokens: 3, Usage: budget.Usage{Input: 3}}, []string{`"usage":{"input":3}`, `"cost_nano_usd":null`}, []string{"cost_usd"}}, // without a price
		{Result{ID: "c", Outcome: Deferred, Cost: new(Cost)}, []string{`"attempts":0`, `"cost_usd":0.00`}, []string{"usage"}},
	} {
		text, err := tt.result.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range tt.has {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %s", text, part)
			}
		}
		for _, part := range tt.not {
			if strings.Contains(strings.ReplaceAll(string(text), "cost_nano_usd", ""), part) {
				t.Errorf("%s has %s", text, part)
			}
		}
		back, err := DecodeResult(text)
		if err != nil || back.Usage != tt.result.Usage || back.Attempts != tt.result.Attempts {
			t.Errorf("%s is read as %+v, error %v", text, back, err)
		}
	}
}

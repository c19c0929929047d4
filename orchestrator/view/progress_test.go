package view

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// A pause is told when it begins and when it is over, however often it grows; short ones are not.
func TestAPauseIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		event := func(kind orchestrator.EventKind, model string, wait time.Duration) orchestrator.Event {
			return orchestrator.Event{Kind: kind, Pause: &wire.Pause{Provider: "far", Model: model, Until: time.Now().Add(wait), Reason: "rate_limit (status 429)"}}
		}
		var p pauses
		var got []string
		for _, e := range []orchestrator.Event{
			event(orchestrator.Paused, "m", 500*time.Millisecond),
			event(orchestrator.Paused, "m", 2*time.Second),
			event(orchestrator.Paused, "m", 4*time.Second),
			event(orchestrator.Paused, "", time.Hour),
			event(orchestrator.Reopened, "m", 0),
			event(orchestrator.Paused, "k", 100*time.Millisecond),
			event(orchestrator.Reopened, "k", 0),
			event(orchestrator.Reopened, "", 0),
			{Kind: orchestrator.Finished},
		} {
			if line := p.line(e); line != "" {
				got = append(got, line)
			}
		}
		want := []string{
			`paused: provider far, model "m" is asked again in 2s (rate_limit (status 429))`,
			`paused: provider far is asked again in 1h0m0s (rate_limit (status 429))`,
			`going on: provider far, model "m"`,
			`going on: provider far`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		for range 1000 {
			_ = p.line(event(orchestrator.Paused, "m", time.Hour))
			_ = p.line(event(orchestrator.Reopened, "m", 0))
		}
		if line := p.line(event(orchestrator.Paused, "m", time.Hour)); line != "" {
			t.Errorf("after a thousand: %q", line)
		}
	})
}

// Tasks with one cause are one line, and a cause of a single task is none: it was told before.
func TestTasksWithOneCauseAreOneLine(t *testing.T) {
	c := Closing{Ended: project.Ended{Summary: orchestrator.Summary{Total: 8, Causes: []orchestrator.Cause{
		{Outcome: orchestrator.Deferred, Reason: "provider far: quota (status 402)", First: "t1", Tasks: 5},
		{Outcome: orchestrator.Failed, Reason: "provider: invalid (status 400)", First: "t7", Tasks: 1},
	}}, Total: budget.Status{}}}
	got := c.text()
	if !strings.Contains(got, "\n5 tasks deferred: provider far: quota (status 402) (first: t1)\n") || strings.Contains(got, "invalid") {
		t.Error(got)
	}
}

// TestProgressPastTheYear9999: a clock that JSON cannot write ends no run.
func TestProgressPastTheYear9999(t *testing.T) {
	for year, want := range map[int]string{12026: "9999-12-31T23:59:59Z", 2026: "2026-01-02T00:00:00Z", -5: "0000-01-01T00:00:00Z"} {
		var line struct{ Event, Time string }
		text := progressJSON{Event: ended}.encode(time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC))
		if err := json.Unmarshal(text, &line); err != nil || line.Time != want || line.Event != "ended" {
			t.Errorf("%s: %+v, %v; want %s", text, line, err, want)
		}
	}
}

package worker_test

import (
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/worker"
)

func TestDeadlines(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	after := time.Date(2026, 3, 28, 23, 0, 0, 0, berlin) // summer time begins that night
	for _, tc := range []struct{ text, want string }{
		{"2026-11-27T07:00:00Z", "2026-11-27T07:00:00Z"},
		{"23:30", "2026-03-28T22:30:00Z"},
		{"07:00", "2026-03-29T05:00:00Z"}, // the next morning, an hour earlier by then
		{"23:00", "2026-03-29T21:00:00Z"}, // not the moment itself
		{"25:00", ""},
		{"tomorrow", ""},
	} {
		got, err := worker.ParseDeadline(tc.text, after, berlin)
		if text := got.UTC().Format(time.RFC3339); err != nil != (tc.want == "") || err == nil && text != tc.want {
			t.Errorf("%s: %s, %v, want %s", tc.text, text, err, tc.want)
		}
	}
}

package calendar_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget/calendar"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestBounds(t *testing.T) {
	for _, tc := range []struct {
		name       string
		zone       string
		unit       calendar.Unit
		at         string // all in the zone
		start, end string
	}{
		{"a day", "UTC", calendar.Day, "2026-11-23T12:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"the first instant", "UTC", calendar.Day, "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"a week begins on Monday", "UTC", calendar.Week, "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"},
		{"a month", "Asia/Tokyo", calendar.Month, "2024-02-29T12:00:00+09:00", "2024-02-01T00:00:00+09:00", "2024-03-01T00:00:00+09:00"},
		{"a day of 23 hours", "Europe/Berlin", calendar.Day, "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"a day of 25 hours", "Europe/Berlin", calendar.Day, "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"a day without midnight", "America/Sao_Paulo", calendar.Day, "2018-11-04T12:00:00-02:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"clocks half an hour forward", "Australia/Lord_Howe", calendar.Day, "2026-10-04T12:00:00+11:00", "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tc.at)
			if err != nil {
				t.Fatal(err)
			}
			start, end := calendar.Periods{Unit: tc.unit, Location: zone(t, tc.zone)}.Bounds(at)
			wantStart, _ := time.Parse(time.RFC3339, tc.start)
			wantEnd, _ := time.Parse(time.RFC3339, tc.end)
			if !start.Equal(wantStart) || !end.Equal(wantEnd) {
				t.Errorf("%v to %v, want %v to %v", start, end, tc.start, tc.end)
			}
		})
	}
}

// Wherever clocks are changed, periods cover all of time and never overlap.
func TestPeriodsHaveNoGaps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe", "Atlantic/Azores"} {
		for _, unit := range []calendar.Unit{calendar.Day, calendar.Week, calendar.Month} {
			c := calendar.Periods{Unit: unit, Location: zone(t, name)}
			for range 2000 {
				at := time.Unix(946684800+rnd.Int64N(30*365*86400), rnd.Int64N(1e9)) // 2000 to 2030
				start, end := c.Bounds(at)
				if at.Before(start) || !at.Before(end) {
					t.Fatalf("%s %s: %v is not in [%v, %v)", name, unit, at, start, end)
				}
				if s, _ := c.Bounds(end); !s.Equal(end) {
					t.Fatalf("%s %s: the period after %v begins at %v", name, unit, end, s)
				}
				if s, e := c.Bounds(start); !s.Equal(start) || !e.Equal(end) {
					t.Fatalf("%s %s: %v and its first instant are in different periods", name, unit, at)
				}
			}
		}
	}
}

package view

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// TestTheFrameIsWhatStandsNow: each look is drawn, a failed one leaves the last; while the process is about to stop and once
// the run has ended there is none.
func TestTheFrameIsWhatStandsNow(t *testing.T) {
	held := int64(0)
	var failure error
	l := &live{moment: func(context.Context) (Moment, error) {
		held += 100
		m := night()
		m.Scopes = []Scope{ScopeOf(totalAt(12_000, 0, held))}
		return m, failure
	}}
	m := &liveModel{live: l, width: 100, height: 24, style: style{plain: true}}
	drawn := func() string { return m.View().Content }
	if drawn() != "" {
		t.Error("something is drawn before there was a look")
	}
	for _, want := range []string{"100 held", "200 held", "300 held"} {
		m.Update(l.look())
		if got := drawn(); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	failure = errors.New("busy")
	m.Update(l.look())
	if got := drawn(); !strings.Contains(got, "300 held") {
		t.Errorf("after a failure:\n%s", got)
	}
	m.Update(tea.WindowSizeMsg{Width: 40, Height: 3})
	if got := drawn(); strings.Contains(got, "\n") {
		t.Errorf("on a small screen:\n%s", got)
	}
	m.Update(hide{})
	if got := drawn(); got != "" {
		t.Errorf("hidden:\n%s", got)
	}
	m.Update(show{})
	if drawn() == "" {
		t.Error("it is not drawn anew")
	}
	m.Update(endOfRun{})
	if got := drawn(); got != "" {
		t.Errorf("after the end:\n%s", got)
	}
}

// TestLooksAreTwiceASecond: the next comes half a second after the last, whatever that was.
func TestLooksAreTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &liveModel{live: &live{}}
		start := time.Now()
		_, next := m.Update(m.live.look())
		if _, ok := next().(look); !ok || time.Since(start) != lookEvery {
			t.Errorf("%v, after %v", ok, time.Since(start))
		}
	})
}

package orchestrator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

func TestTheThrottle(t *testing.T) {
	done := func(n int) func(*throttle) {
		return func(t *throttle) {
			for range n {
				t.succeeded(64)
			}
		}
	}
	for _, tc := range []struct {
		name  string
		start throttle
		then  []func(*throttle)
		want  int
	}{
		{"each success is one more at first", throttle{allowed: 4}, []func(*throttle){done(10)}, 14},
		{"up to the most", throttle{allowed: 4}, []func(*throttle){done(100)}, 64},
		{"a pause halves it", throttle{allowed: 8}, []func(*throttle){(*throttle).halve}, 4},
		{"but never to nothing", throttle{allowed: 1}, []func(*throttle){(*throttle).halve}, 1},
		{"then as many successes as are allowed are one more", throttle{allowed: 8}, []func(*throttle){(*throttle).halve, done(4)}, 5},
		{"and not fewer", throttle{allowed: 8}, []func(*throttle){(*throttle).halve, done(3)}, 4},
		{"and again", throttle{allowed: 8}, []func(*throttle){(*throttle).halve, done(4 + 5 + 6)}, 7},
	} {
		for _, step := range tc.then {
			step(&tc.start)
		}
		if tc.start.allowed != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, tc.start.allowed, tc.want)
		}
	}
}

// gate is paused for a while, once.
type gate struct{ opens time.Time }

func (g *gate) Stop() {}
func (g *gate) Paused() ([]wire.Pause, <-chan struct{}) {
	changed := make(chan struct{})
	if left := time.Until(g.opens); left > 0 {
		time.AfterFunc(left, func() { close(changed) })
		return []wire.Pause{{Provider: "p"}}, changed
	}
	return nil, changed
}

// A run begins with the concurrency that it is told, and does half as much at once after a pause.
func TestAPauseHalvesTheConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		f := w.hire("a", 8)
		w.options.Workers[0].Provider = "p"
		w.options.Gates = &gate{opens: time.Now().Add(1500 * time.Millisecond)}
		for _, id := range ids("t", 30) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		start := time.Now()
		w.mustRun()
		if took := time.Since(start); f.most != 8 || took != 5*time.Second { // 8, 5, 6, 6 and 5; without the pause four seconds
			t.Errorf("%d at once, %v", f.most, took)
		}
	})
}

// One that starts small grows to its most.
func TestTheConcurrencyGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		f := w.hire("a", 16)
		w.options.Workers[0].Start = 2
		for _, id := range ids("t", 100) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		start := time.Now()
		w.mustRun()
		if took := time.Since(start); f.most != 16 || took != 9*time.Second { // 2, 4, 8 and then 16 a second
			t.Errorf("%d at once, %v", f.most, took)
		}
	})
}

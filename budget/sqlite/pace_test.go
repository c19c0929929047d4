package sqlite

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	const us, ms = time.Microsecond, time.Millisecond
	for _, c := range []struct {
		name      string
		fixed     int
		row, sync time.Duration
		want      int
	}{
		{"nothing is known", 0, 0, 0, minGroup},
		{"a fast disk", 0, 40 * us, 300 * us, minGroup},
		{"a slow disk", 0, 40 * us, 4 * ms, 100},
		{"a very slow disk", 0, 40 * us, 100 * ms, maxGroup},
		{"a bound of one", 1, 40 * us, 4 * ms, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := pace{fixed: c.fixed}
			if c.row > 0 {
				for range 100 { // enough for what came before to be forgotten
					p.learn(10, 10*c.row, c.sync)
				}
			}
			if got := p.limit(); got < c.want*95/100 || got > c.want {
				t.Errorf("limit %d, want %d", got, c.want)
			}
		})
	}
}

func TestPaceForgetsOneSlowCommit(t *testing.T) {
	var p pace
	p.learn(1, time.Millisecond, 10*time.Second)
	for range 100 {
		p.learn(16, time.Millisecond, time.Millisecond)
	}
	if got := p.limit(); got != minGroup {
		t.Errorf("limit %d, want %d", got, minGroup)
	}
}

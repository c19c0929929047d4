package orchestrator

import (
	"github.com/orchestrate-go/orchestrate/middleware/wire"
)

// How many tasks a worker does at once is learnt from its provider, by additive increase and multiplicative decrease
// (Chiu and Jain 1989): a pause halves it, and each so many tasks in a row that are done let it do one more, up to
// its concurrency. Until the first pause every task that is done lets it do one more.

// throttle is how many tasks a worker does at once now.
type throttle struct {
	allowed int
	done    int  // since it was last changed
	paused  bool // its provider was
}

// succeeded notes that a task is done at a worker which may do at most so many at once.
func (t *throttle) succeeded(most int) {
	if t.allowed >= most {
		return
	}
	if t.done++; t.paused && t.done < t.allowed {
		return
	}
	t.allowed, t.done = t.allowed+1, 0
}

// halve notes that the provider is paused.
func (t *throttle) halve() {
	t.allowed, t.done, t.paused = max(1, t.allowed/2), 0, true
}

// slow halves what the workers do at once whose provider, or model there, is newly paused.
func (r *run) slow(p wire.Pause) {
	for _, c := range r.crews {
		if c.Provider == p.Provider && (p.Model == "" || p.Model == c.Model) {
			c.halve()
		}
	}
}

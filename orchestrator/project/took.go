package project

import (
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// Took is how long the tasks of a run took that were asked, all starts of the run taken together.
type Took struct {
	Tasks    int
	Wall     time.Duration // from the first that began to the last that ended
	P50, P95 time.Duration // of one task, its waiting for slots and budget left out

	Requests         int    // on the wire, for all of them
	Budget, Provider Waited // for budget, begun or not; for a provider that was paused, or had enough of them

	Several int // of the tasks, those with more than one: tried again, repaired, or an agent's
}

// Waited is how long tasks waited for something: all together, and one of them at most.
type Waited struct {
	Tasks      int
	Total, Max time.Duration
}

func (w *Waited) add(d time.Duration) {
	if d <= 0 {
		return
	}
	w.Tasks++
	w.Total, w.Max = w.Total+d, max(w.Max, d)
}

// times gathers when tasks ran.
type times struct {
	first, last time.Time
	each        []time.Duration

	requests, several int
	budget, provider  Waited
}

func (t *times) add(r orchestrator.Result) {
	if r.Started.IsZero() || r.Ended.Before(r.Started) { // it was not asked, or the clock was set back
		return
	}
	if t.each == nil || r.Started.Before(t.first) {
		t.first = r.Started
	}
	if r.Ended.After(t.last) {
		t.last = r.Ended
	}
	t.each = append(t.each, r.Ended.Sub(r.Started))
	t.requests += r.Attempts
	t.budget.add(r.HeldBack + r.WaitedBudget)
	t.provider.add(r.WaitedProvider)
	if r.Attempts > 1 {
		t.several++
	}
}

// took is nil where no task was asked.
func (t *times) took() *Took {
	if t.each == nil {
		return nil
	}
	slices.Sort(t.each)
	return &Took{
		Tasks: len(t.each), Wall: t.last.Sub(t.first), P50: quantile(t.each, .5), P95: quantile(t.each, .95),
		Requests: t.requests, Several: t.several, Budget: t.budget, Provider: t.provider,
	}
}

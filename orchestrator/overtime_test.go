package orchestrator

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// When a run's time is up what has begun goes on to its end, and the rest is deferred.
func TestARunEndsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("a", 1)
		w.options.MaxRunTime = 2500 * time.Millisecond
		for _, id := range ids("t", 5) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		start := time.Now()
		w.mustRun()
		w.want("t0:done t1:done t2:done t3:deferred t4:deferred")
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		if reason := w.results["t4"].Reason; !strings.HasPrefix(reason, "time: ") {
			t.Errorf("reason %q", reason)
		}
	})
}

// A task whose deadline has passed before its turn is deferred; one that has begun goes on.
func TestATaskIsDeferredAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("a", 1)
		at := func(after time.Duration) string { return time.Now().Add(after).Format(time.RFC3339) }
		w.add(worker.Task{ID: "x", Priority: 2, Deadline: at(time.Second)}, spec{input: 1, most: 9, takes: time.Minute})
		w.add(worker.Task{ID: "y", Priority: 1, Deadline: at(30 * time.Second)}, slow(10))
		w.add(worker.Task{ID: "z", Deadline: at(time.Hour)}, slow(10))
		w.mustRun()
		w.want("x:done y:deferred z:done")
	})
}

// A task that wants more calls than it may have is exhausted before the next is sent. A resumed run counts those that
// were made before.
func TestATaskHasSoManyCalls(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.options.MaxCalls = 3
	w.add(worker.Task{ID: "few"}, spec{input: 1, most: 9, output: 5, calls: 3})
	w.add(worker.Task{ID: "many"}, spec{input: 1, most: 9, output: 5, calls: 9})
	w.options.Earlier = []Result{{ID: "spent", Outcome: Exhausted, Attempts: 3, Tokens: 30}, {ID: "half", Outcome: Failed, Attempts: 2, Tokens: 12}, {ID: "refused", Outcome: Failed, Attempts: 5}}
	w.add(worker.Task{ID: "spent"}, tokens(10))
	w.add(worker.Task{ID: "half"}, spec{input: 1, most: 9, output: 5, calls: 2})
	w.add(worker.Task{ID: "refused"}, tokens(10)) // its requests cost nothing
	w.mustRun()
	w.want("few:done many:exhausted spent:exhausted half:exhausted refused:done")
	if r := w.results["many"]; r.Attempts != 3 || !strings.Contains(r.Reason, "3 calls") {
		t.Errorf("%+v", r)
	}
	if r := w.results["half"]; r.Attempts != 1 {
		t.Errorf("%+v", r)
	}
}

func TestADeadlineThatIsNoneIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.add(worker.Task{ID: "x", Deadline: "tomorrow"}, tokens(10))
	if _, err := Run(t.Context(), w.options); err == nil || !strings.Contains(err.Error(), "task x") {
		t.Errorf("%v", err)
	}
}

// A run's own limit holds beside the manager's, the narrower of the two, and what the run lacked goes by it.
func TestARunHasALimitOfItsOwn(t *testing.T) {
	for limit, done := range map[int64]int{250: 2, 5000: 4} {
		w := newWorld(t, total(400))
		w.hire("a", 1)
		w.options.Limit = budget.TokenLimit(limit)
		for _, id := range ids("t", 5) {
			w.add(worker.Task{ID: id}, tokens(100))
		}
		s := unchecked(t, w)
		if s.Counts[Done] != done || s.Counts[Deferred] != 5-done {
			t.Errorf("%d: %v", limit, s.Counts)
		}
	}
}

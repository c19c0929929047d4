package orchestrator

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A run that waits goes on when somebody raises the limit, with the tasks that depend on what was postponed, too.
func TestARaisedLimitLetsTheDeferredGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(250))
		w.config.Limits = total(1000) // that the books are checked against in the end
		w.hire("a", 2)
		w.options.OnDeferred = WaitDeferred
		for _, id := range ids("t", 4) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		w.add(worker.Task{ID: "after", DependsOn: []string{"t3"}}, slow(100))
		var waited time.Duration
		start := time.Now()
		w.options.OnEvent = func(e Event) {
			if e.Kind == Waiting {
				waited = time.Since(start)
			}
		}
		raise := time.AfterFunc(time.Hour, func() {
			if err := w.manager.SetLimit(t.Context(), budget.Total, budget.TokenLimit(1000)); err != nil {
				t.Error(err)
			}
		})
		defer raise.Stop()
		w.mustRun()
		w.want("t0:done t1:done t2:done t3:done after:done")
		if waited != time.Second {
			t.Errorf("it said after %v that it waits", waited)
		}
		if took := time.Since(start); took < time.Hour || took > time.Hour+5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestTheNextPeriodLetsTheDeferredGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, budget.Config{Limits: total(250), Calendar: &calendar.Periods{Unit: calendar.Day, Location: time.UTC}})
		w.hire("a", 2)
		w.options.OnDeferred = WaitDeferred
		for _, id := range ids("t", 5) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		start := time.Now()
		w.mustRun()
		w.want("t0:done t1:done t2:done t3:done t4:done")
		if took := time.Since(start); took < 48*time.Hour || took > 49*time.Hour {
			t.Errorf("took %v: two tasks fit into a day", took)
		}
	})
}

// What nothing comes for is deferred when the run's time is up, with the reason that it had.
func TestAWaitEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(250))
		w.hire("a", 2)
		w.options.OnDeferred, w.options.MaxRunTime = WaitDeferred, time.Hour
		for _, id := range ids("t", 3) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		start := time.Now()
		w.mustRun()
		w.want("t0:done t1:done t2:deferred")
		if took := time.Since(start); took != time.Hour {
			t.Errorf("took %v", took)
		}
	})
}

// A raise helps a task whose worker's limit is spent, one that no limit was large enough for, and also where it is less than
// what others were charged since the task was postponed.
func TestEveryRaiseIsNoticed(t *testing.T) {
	tests := map[string]struct {
		limits budget.Limits
		scope  budget.Scope
		to     int64
		takes  int64 // tokens, of the task that waits
	}{
		"of a worker":            {budget.Limits{budget.Worker("a"): budget.TokenLimit(250)}, budget.Worker("a"), 1000, 100},
		"for what never fits":    {total(250), budget.Total, 2000, 900},
		"by less than was spent": {total(330), budget.Total, 400, 100},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, budget.Config{Limits: test.limits})
				w.config.Limits = budget.Limits{test.scope: budget.TokenLimit(test.to)} // that the books are checked against in the end
				w.hire("a", 4)
				w.options.OnDeferred, w.options.MaxRunTime = WaitDeferred, 5*time.Hour
				for _, id := range ids("t", 2) {
					w.add(worker.Task{ID: id, Priority: 2}, spec{input: 50, most: 50, output: 50, takes: time.Minute})
				}
				w.add(worker.Task{ID: "long", Priority: 2}, spec{input: 10, most: 40, output: 40, takes: 10 * time.Minute})
				w.add(worker.Task{ID: "x"}, slow(test.takes))
				raise := time.AfterFunc(time.Hour, func() {
					if err := w.manager.SetLimit(t.Context(), test.scope, budget.TokenLimit(test.to)); err != nil {
						t.Error(err)
					}
				})
				defer raise.Stop()
				w.mustRun()
				w.want("t0:done t1:done long:done x:done")
			})
		})
	}
}

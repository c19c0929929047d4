package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// slow is a task of n tokens that takes a virtual second.
func slow(n int64) spec {
	s := tokens(n)
	s.takes = time.Second
	return s
}

func TestAWorkerNeverRunsMoreTasksThanItHasSlots(t *testing.T) {
	for _, tc := range []struct {
		name  string
		slots map[string]int
		peaks map[string]int
		takes time.Duration
	}{
		{"one slot", map[string]int{"a": 1}, map[string]int{"a": 1}, 24 * time.Second},
		{"zero is one", map[string]int{"a": 0}, map[string]int{"a": 1}, 24 * time.Second},
		{"four slots", map[string]int{"a": 4}, map[string]int{"a": 4}, 6 * time.Second},
		{"three workers", map[string]int{"a": 1, "b": 2, "c": 5}, map[string]int{"a": 1, "b": 2, "c": 5}, 3 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				for name, n := range tc.slots {
					w.hire(name, n)
				}
				for _, id := range ids("t", 24) {
					w.add(worker.Task{ID: id}, slow(10))
				}
				start := time.Now()
				w.mustRun()
				for name, f := range w.workers {
					if f.most != tc.peaks[name] {
						t.Errorf("worker %s ran %d tasks at once, want %d", name, f.most, tc.peaks[name])
					}
				}
				if took := time.Since(start); took != tc.takes {
					t.Errorf("took %v, want %v: slots were idle", took, tc.takes)
				}
			})
		})
	}
}

func TestATaskGoesToTheWorkerItAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		a, b := w.hire("a", 1), w.hire("b", 3)
		for _, id := range ids("a", 5) {
			w.add(worker.Task{ID: id, Worker: "a"}, slow(10))
		}
		for _, id := range ids("b", 5) {
			w.add(worker.Task{ID: id, Worker: "b"}, slow(10))
		}
		start := time.Now()
		w.mustRun()
		if diff := cmp.Diff([][]string{ids("a", 5), ids("b", 5)}, [][]string{a.begun, slices.Sorted(slices.Values(b.begun))}); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v: the five of a's single slot were in b's way", took)
		}
	})
}

func TestATaskForAWorkerThatIsNotThereIsAMistake(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.add(worker.Task{ID: "x", Worker: "b"}, tokens(10))
	if _, err := Run(t.Context(), w.options); err == nil {
		t.Error("it was accepted, and would never have run")
	}
}

func TestTasksGoToAWorkerThatStillHasBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Worker("a"): budget.TokenLimit(250)})
		w.hire("a", 8)
		w.hire("b", 1)
		for _, id := range ids("t", 6) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		w.mustRun()
		count := map[string]int{}
		for _, r := range w.results {
			count[r.Worker]++
		}
		if diff := cmp.Diff(map[string]int{"a": 2, "b": 4}, count); diff != "" {
			t.Error(diff)
		}
		w.want("t0:done t1:done t2:done t3:done t4:done t5:done")
	})
}

func TestATaskThatMustGoToASpentWorkerIsDeferred(t *testing.T) {
	w := newWorld(t, budget.Limits{budget.Worker(""): budget.TokenLimit(150)})
	w.hire("a", 1)
	w.hire("b", 1)
	w.add(worker.Task{ID: "x", Worker: "a"}, tokens(100))
	w.add(worker.Task{ID: "y", Worker: "a"}, tokens(100))
	w.add(worker.Task{ID: "z", Worker: "b"}, tokens(100))
	w.mustRun()
	w.want("x:done y:deferred z:done")
}

// A limit of each task is no reason to hold back for other tasks: they have limits of their own.
func TestALimitPerTaskDoesNotMakeTasksWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Total: budget.TokenLimit(100_000), budget.Task(""): budget.TokenLimit(120)})
		f := w.hire("a", 4)
		w.add(worker.Task{ID: "up", Priority: 5}, slow(100))
		for _, id := range ids("urgent", 3) {
			w.add(worker.Task{ID: id, Priority: 5, DependsOn: []string{"up"}}, slow(100))
		}
		for _, id := range ids("low", 3) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		start := time.Now()
		w.mustRun()
		if took := time.Since(start); took != 2*time.Second || f.most != 4 {
			t.Errorf("took %v with %d at once, want 2s with 4", took, f.most)
		}
	})
}

func TestLessUrgentTasksAreHeldBackForUrgentOnesThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(300))
		w.hire("a", 4)
		for _, id := range ids("low", 4) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		w.add(worker.Task{ID: "up"}, slow(100))
		w.add(worker.Task{ID: "urgent", Priority: 9, DependsOn: []string{"up"}}, slow(100))
		w.mustRun()
		w.want("up:done urgent:done low0:done low1:deferred low2:deferred low3:deferred")
	})
}

// A less urgent task that would take as much output as there is must not be granted what is kept for
// others.
func TestAClampedTaskDoesNotTakeWhatIsKeptForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(1000))
		w.hire("a", 4)
		w.add(worker.Task{ID: "up", Priority: 9}, slow(100))
		w.add(worker.Task{ID: "urgent", Priority: 9, DependsOn: []string{"up"}}, slow(500))
		w.add(worker.Task{ID: "greedy"}, spec{input: 10, least: 10, most: 2000, output: 2000, takes: time.Hour})
		w.mustRun()
		w.want("up:done urgent:done greedy:done")
		if r := w.results["greedy"]; r.Tokens != 2010 && !r.Clamped {
			t.Errorf("%+v", r)
		}
	})
}

// Each second one of three small tasks ends, and another would take its place: what the large one waits for
// never comes back at once unless the small ones are stopped.
func TestALargeTaskIsBypassedOnlySoOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Model("m"): budget.TokenLimit(130)})
		w.hire("a", 3)
		small := func(id string, priority int, takes time.Duration) {
			w.add(worker.Task{ID: id, Priority: priority}, spec{input: 1, most: 39, takes: takes})
		}
		for i, id := range ids("first", 3) {
			small(id, 19, time.Duration(i+1)*time.Second)
		}
		w.add(worker.Task{ID: "large", Priority: 9}, spec{input: 1, most: 99, takes: time.Second})
		for _, id := range ids("small", 20) {
			small(id, 0, 3*time.Second)
		}
		w.mustRun()
		// Until the first answers show how short they are, the plan has no room for the large one.
		if at := slices.Index(w.order, "large"); at < 3+maxBypass || at > 5+maxBypass {
			t.Errorf("the large task was bypassed %d times: %v", at-3, w.order)
		}
		if len(w.results) != 24 || w.results["large"].Outcome != Done {
			t.Error(w.outcomes())
		}
	})
}

// A task that waits for a slot of a busy worker is not short of budget: it stops nobody.
func TestATaskThatWaitsForASlotStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Worker("a"): budget.TokenLimit(50)})
		w.hire("a", 1)
		w.hire("b", 1)
		w.add(worker.Task{ID: "long", Worker: "b", Priority: 9}, spec{input: 1, most: 1, takes: time.Minute})
		w.add(worker.Task{ID: "large", Priority: 5}, slow(100)) // too large for a, so it waits for b
		for _, id := range ids("t", 20) {
			w.add(worker.Task{ID: id}, slow(2))
		}
		start, ended := time.Now(), time.Duration(0)
		w.options.OnResult = func(r Result) error {
			if r.ID != "long" && r.ID != "large" {
				ended = time.Since(start)
			}
			return nil
		}
		w.mustRun()
		if ended != 20*time.Second {
			t.Errorf("the small ones ended after %v, want 20s", ended)
		}
	})
}

// A large task at the end of the order is not begun while better ones wait for what it would take, and
// what could never be paid is kept for nobody.
func TestNothingIsKeptForATaskThatNeverFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(1000))
		f := w.hire("a", 4)
		w.add(worker.Task{ID: "up", Priority: 9}, slow(100))
		w.add(worker.Task{ID: "huge", Priority: 9, DependsOn: []string{"up"}}, slow(2000))
		for _, id := range ids("t", 3) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		w.mustRun()
		w.want("up:done huge:deferred t0:done t1:done t2:done")
		if f.most != 4 {
			t.Errorf("%d ran at once, want 4", f.most)
		}
	})
}

// Somebody else in the process holds what the run needs.
func TestAForeignHold(t *testing.T) {
	for _, tc := range []struct {
		onFull budget.OnFull
		silent bool
		want   Outcome
		waited time.Duration
	}{
		{budget.Wait, false, Done, time.Minute},
		{budget.Wait, true, Done, time.Minute},
		{budget.Refuse, false, Deferred, 0},
		{budget.Refuse, true, Deferred, 0},
	} {
		t.Run(fmt.Sprintf("on_full %s, silent %v", tc.onFull, tc.silent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, budget.Config{Limits: total(100), OnFull: tc.onFull})
				f := w.hire("a", 2)
				if tc.silent {
					w.options.Workers[0].Worker = silent(f)
				}
				w.add(worker.Task{ID: "x"}, tokens(80))
				foreign, err := w.manager.Reserve(t.Context(), budget.Call{Model: "other", Input: 90})
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					time.Sleep(time.Minute)
					if err := foreign.Release(t.Context(), budget.NotSent); err != nil {
						t.Error(err)
					}
				}()
				start := time.Now()
				if _, err := Run(t.Context(), withResults(w)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != tc.waited || w.results["x"].Outcome != tc.want {
					t.Errorf("%s after %v, want %s after %v", w.results["x"].Outcome, took, tc.want, tc.waited)
				}
				time.Sleep(time.Hour)
				w.checkBooks()
			})
		})
	}
}

// withResults is w's options for a run during which others hold budget too.
func withResults(w *world) Options {
	o := w.options
	o.OnResult = func(r Result) error {
		w.take(r)
		return nil
	}
	return o
}

// The worker that waits best is one that could ever pay.
func TestATaskWaitsForTheWorkerThatCanPay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Total: budget.TokenLimit(100), budget.Worker("a"): budget.TokenLimit(10)})
		w.hire("a", 1)
		w.hire("b", 1)
		w.add(worker.Task{ID: "x"}, tokens(80))
		foreign, err := w.manager.Reserve(t.Context(), budget.Call{Model: "other", Input: 90})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { _ = foreign.Release(context.Background(), budget.NotSent) })
		w.mustRun()
		w.want("x:done")
	})
}

// The mildest of what the workers say is the outcome: a task that one of them may do later has not failed.
func TestTheOutcomeOverSeveralWorkers(t *testing.T) {
	for _, order := range [][]string{{"small", "spent"}, {"spent", "small"}} {
		w := newWorld(t, budget.Limits{budget.Task(""): budget.TokenLimit(100), budget.Worker("spent"): budget.TokenLimit(0)})
		for _, name := range order {
			f := w.hire(name, 1)
			slots := &w.options.Workers[len(w.options.Workers)-1]
			slots.Worker = &priced{f, map[string]int64{"small": 200, "spent": 50}[name]}
		}
		w.add(worker.Task{ID: "x"}, tokens(10))
		w.mustRun()
		w.want("x:deferred")
	}
}

// priced is a worker that estimates every task at so many tokens.
type priced struct {
	*fake
	tokens int64
}

func (p *priced) Estimate(context.Context, worker.Task) (budget.Call, error) {
	return budget.Call{Model: "m", Input: p.tokens}, nil
}

// The estimate says what fits, the budget says what does not: the task waits for something to return and is
// not tried again and again.
func TestARefusedTaskGoesBackToTheQueueUntilSomethingReturns(t *testing.T) {
	for _, tc := range []struct {
		name   string
		silent bool
		guess  float64
	}{
		{"a worker that estimates too little", false, 0.01},
		{"a worker that cannot tell", true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, total(1000))
				f := w.hire("a", 3)
				if tc.silent {
					w.options.Workers[0].Worker = silent(f)
				}
				for _, id := range ids("t", 4) {
					// Holds 600 and uses 100: two never fit together, all fit in turn.
					w.add(worker.Task{ID: id}, spec{input: 90, most: 510, output: 10, takes: time.Second, guess: tc.guess})
				}
				w.mustRun()
				w.want("t0:done t1:done t2:done t3:done")
				if len(w.order) > 16 {
					t.Errorf("%d starts for 4 tasks: %v", len(w.order), w.order)
				}
			})
		})
	}
}

// Where one worker's budget refuses a task, another's may not.
func TestATaskThatOneWorkerRefusesGoesToAnotherAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, budget.Limits{budget.Worker("a"): budget.TokenLimit(100)})
		for _, name := range []string{"a", "b"} {
			f := w.hire(name, 2)
			w.options.Workers[len(w.options.Workers)-1].Worker = silent(f)
		}
		long := tokens(80)
		long.takes, long.output = time.Minute, 0
		w.add(worker.Task{ID: "long", Worker: "a"}, long)
		w.add(worker.Task{ID: "other", Worker: "b"}, long)
		w.add(worker.Task{ID: "first", Worker: "b"}, slow(10))
		w.add(worker.Task{ID: "x", DependsOn: []string{"first"}}, slow(50))
		start := time.Now()
		w.options.OnResult = func(r Result) error {
			if took := time.Since(start); r.ID == "x" && took != 2*time.Second {
				t.Errorf("x ended after %v", took)
			}
			return nil
		}
		w.mustRun()
		w.want("long:done other:done first:done x:done")
	})
}

func TestSoftModeRunsEverythingAtOnceAndMarksIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, budget.Config{Limits: total(250), Mode: budget.Soft})
		f := w.hire("a", 5)
		for i, id := range ids("t", 5) {
			w.add(worker.Task{ID: id, Priority: -i}, slow(100))
		}
		w.mustRun()
		w.want("t0:done t1:done t2:done t3:done t4:done")
		marked := 0
		for _, r := range w.results {
			if r.OverLimit {
				marked++
			}
		}
		if marked != 3 || f.most != 5 {
			t.Errorf("%d marked, %d at once, want 3 and 5", marked, f.most)
		}
		if debt := w.manager.Total().Debt.Soft.Tokens; debt != 250 {
			t.Errorf("soft debt %d, want 250", debt)
		}
	})
}

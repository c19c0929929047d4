package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/calendar"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

func failing(err error) spec {
	s := tokens(10)
	s.err = err
	return s
}

// Each task's outcome, and what that means for those that depend on it: x, then y which needs x, then z
// which needs nothing.
func TestOutcomes(t *testing.T) {
	perTask := func(n int64) budget.Limits { return budget.Limits{budget.Task(""): budget.TokenLimit(n)} }
	multi := tokens(60)
	multi.calls = 2
	panics := tokens(10)
	panics.panics = true
	for _, tc := range []struct {
		name   string
		limits budget.Limits
		x      spec
		want   string
		reason string // of x, in part
	}{
		{"done", nil, tokens(10), "x:done y:done z:done", ""},
		{"an answer at exactly its limit", perTask(10), tokens(10), "x:done y:done z:done", ""},
		{"an error of the worker", nil, failing(errOther), "x:failed y:skipped z:done", "something else"},
		{"a wrong request", nil, failing(errBadReq), "x:failed y:skipped z:done", "status 400"},
		{"a lost connection", nil, failing(errLost), "x:failed y:skipped z:done", "lost"},
		{"a panic", nil, panics, "x:failed y:skipped z:done", "panicked"},
		{"its own limit is too small", perTask(50), tokens(60), "x:exhausted y:skipped z:done", "budget of task:x"},
		{"its own limit is spent on the way", perTask(100), multi, "x:exhausted y:skipped z:done", "budget of task:x"},
		{"the shared budget is too small", total(50), tokens(60), "x:deferred y:deferred z:done", "budget of total"},
		{"the shared budget is spent on the way", total(100), multi, "x:deferred y:deferred z:done", "budget of total"},
		{"the model's budget is too small", budget.Limits{budget.Model("m"): budget.TokenLimit(50)}, tokens(60), "x:deferred y:deferred z:done", "budget of model:m"},
		{"the run's budget is too small", budget.Limits{budget.Run("r"): budget.TokenLimit(50)}, tokens(60), "x:deferred y:deferred z:done", "budget of run:r"},
		{"nothing may be spent", total(0), tokens(60), "x:deferred y:deferred z:deferred", "limit 0"},
		{"a cost limit and no price", budget.Limits{budget.Total: budget.Limit{}.WithCost(1)}, tokens(10), "x:failed y:skipped z:failed", "no price"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.limits)
			w.hire("a", 2)
			w.add(worker.Task{ID: "x", Priority: 1}, tc.x)
			w.add(worker.Task{ID: "y", DependsOn: []string{"x"}}, tokens(10))
			w.add(worker.Task{ID: "z"}, tokens(10))
			w.mustRun()
			w.want(tc.want)
			if got := w.results["x"].Reason; !strings.Contains(got, tc.reason) {
				t.Errorf("reason %q, want %q in it", got, tc.reason)
			}
			if r := w.results["y"]; r.Outcome != Done && !strings.Contains(r.Reason, "depends on x") {
				t.Errorf("reason of y: %q", r.Reason)
			}
		})
	}
}

func TestAResultSaysWhatATaskUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, budget.Config{Limits: total(1000), Prices: budget.Prices{"m": {Input: 1_000_000_000, Output: 2_000_000_000}}})
		w.hire("a", 1)
		w.add(worker.Task{ID: "x"}, spec{input: 40, most: 60, output: 20, calls: 2, takes: time.Second})
		began := time.Now().UTC()
		w.mustRun()
		left := int64(1000 - 120)
		want := Result{
			ID: "x", Run: "r", Outcome: Done, Output: "output of x", Worker: "a", Model: servedModel, Attempts: 2,
			Usage: budget.Usage{Input: 80, Output: 40}, Tokens: 120, Estimate: 200, Cost: new(Cost(160_000)),
			Group: w.results["x"].Group, Expected: 100, Further: 40,
			Started: began, Ended: began.Add(2 * time.Second), Remaining: budget.Limit{Tokens: &left},
			Digest: worker.Digest(w.workers["a"], worker.Task{ID: "x", Model: "m"}),
		}
		if diff := cmp.Diff(want, w.results["x"]); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAProviderThatRefusesEveryCallIsStopped(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		calls int
	}{
		{"a wrong key", errBadKey, 1},
		{"no money there", errBroke, 1},
		{"no connection", errNoLine, 1},
		{"no money there, after it took some", errBroke, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, nil)
			down := w.hire("down", 1)
			w.hire("up", 1)
			for i, id := range ids("d", 10) {
				s := tokens(10)
				if s.calls = tc.calls; i == 0 && tc.calls == 1 {
					s.err = tc.err
				}
				w.add(worker.Task{ID: id, Worker: "down", Priority: -i}, s)
			}
			if tc.calls > 1 { // the first call is answered, the second is not
				down.client = answersFirst(down.client, tc.err)
			}
			w.add(worker.Task{ID: "needs", DependsOn: []string{"d5"}}, tokens(10))
			w.add(worker.Task{ID: "u", Worker: "up"}, tokens(10))
			s, err := w.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range append(ids("d", 10), "needs") {
				r := w.results[id]
				if r.Outcome != Deferred {
					t.Errorf("%s is %s: %s", id, r.Outcome, r.Reason)
				}
				if id != "needs" && (r.Provider != "p-down" || !strings.Contains(r.Reason, "provider p-down")) {
					t.Errorf("%s does not name the provider: %q %q", id, r.Provider, r.Reason)
				}
			}
			if w.results["u"].Outcome != Done {
				t.Error("the other provider's task is not done")
			}
			if len(down.begun) != 1 {
				t.Errorf("%d tasks were burnt on it", len(down.begun))
			}
			if !slices.Equal(s.Unavailable, []string{"p-down"}) || s.Providers != 2 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// They go at once, not when something ends there.
func TestTasksOfAStoppedProviderGoToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("down", 2).client = refusing{errBadKey}
		w.hire("up", 2)
		w.add(worker.Task{ID: "long", Worker: "up", Priority: 1}, spec{input: 1, most: 1, takes: time.Hour})
		for _, id := range ids("t", 8) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		start := time.Now()
		w.options.OnResult = func(r Result) error {
			if r.Outcome != Done || r.Worker != "up" || (r.ID != "long" && time.Since(start) > 8*time.Second) {
				t.Errorf("%s: %s at %s after %v", r.ID, r.Outcome, r.Worker, time.Since(start))
			}
			return nil
		}
		w.mustRun()
	})
}

// Workers of one provider stop together; what runs at them may end.
func TestAProviderIsStoppedAtAllItsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("a", 1).client = refusing{errBadKey}
		w.hire("b", 1)
		w.options.Workers[0].Provider, w.options.Workers[1].Provider = "p", "p"
		w.add(worker.Task{ID: "x", Worker: "a"}, tokens(10))
		w.add(worker.Task{ID: "running", Worker: "b", Priority: 1}, slow(10))
		w.add(worker.Task{ID: "waiting", Worker: "b"}, tokens(10))
		s, err := w.run(t.Context())
		w.want("x:deferred running:done waiting:deferred")
		if err != nil || !slices.Equal(s.Unavailable, []string{"p"}) || s.Providers != 1 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// A call that was cancelled looks like a broken connection; it says nothing of the provider.
func TestACancelledContextIsNoProviderFailure(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  func(ctx context.Context) error
	}{
		{"before it was sent", func(ctx context.Context) error { return &wire.Error{Class: wire.Unreachable, Err: ctx.Err()} }},
		{"after it was sent", func(ctx context.Context) error { return &wire.Error{Class: wire.Lost, Sent: true, Err: ctx.Err()} }},
		{"a bare error", func(ctx context.Context) error { return ctx.Err() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, total(1000))
				w.hire("a", 2).client = untilCancelled{tc.err}
				for _, id := range ids("t", 3) {
					w.add(worker.Task{ID: id}, tokens(10))
				}
				w.add(worker.Task{ID: "y", DependsOn: []string{"t0"}}, tokens(10))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				s, err := w.run(ctx)
				if err != nil {
					t.Fatal(err)
				}
				w.want("t0:cancelled t1:cancelled t2:cancelled y:cancelled")
				if !s.Interrupted || len(s.Unavailable) > 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A worker that gives up a call of its own accord has failed, not its provider.
func TestACallThatTheWorkerGaveUpIsNoProviderFailure(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.options.Workers[0].Worker = worker.Func(func(ctx context.Context, t worker.Task) (worker.Result, error) {
		if t.ID == "x" {
			return worker.Result{}, &wire.Error{Class: wire.Unreachable, Err: context.Canceled}
		}
		return worker.Result{}, nil
	})
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "y"}, tokens(10))
	w.mustRun()
	w.want("x:failed y:done")
}

// Draining lets running tasks end; aborting does not.
func TestDrainAndAbort(t *testing.T) {
	for _, tc := range []struct {
		name         string
		drain, abort time.Duration
		want         string
		took         time.Duration
	}{
		{"neither", 0, 0, "a:done b:done c:done d:done", 6 * time.Second},
		{"drain at the last", 4 * time.Second, 0, "a:done b:done c:done d:done", 6 * time.Second},
		{"drain", time.Second, 0, "a:done b:done c:cancelled d:cancelled", 3 * time.Second},
		{"abort", 0, time.Second, "a:cancelled b:cancelled c:cancelled d:cancelled", time.Second},
		{"drain, then abort", time.Second, 2 * time.Second, "a:cancelled b:cancelled c:cancelled d:cancelled", 2 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, total(1000))
				w.hire("w", 2)
				three := tokens(10)
				three.takes = 3 * time.Second
				w.add(worker.Task{ID: "a"}, three)
				w.add(worker.Task{ID: "b"}, three)
				w.add(worker.Task{ID: "c", DependsOn: []string{"a", "b"}}, three)
				w.add(worker.Task{ID: "d", DependsOn: []string{"a", "b"}}, three)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				drain := make(chan struct{})
				w.options.Drain = drain
				if tc.drain > 0 {
					time.AfterFunc(tc.drain, func() { close(drain) })
				}
				if tc.abort > 0 {
					time.AfterFunc(tc.abort, cancel)
				}
				start := time.Now()
				s, err := w.run(ctx)
				if err != nil {
					t.Fatal(err)
				}
				w.want(tc.want)
				if took := time.Since(start); took != tc.took {
					t.Errorf("took %v, want %v", took, tc.took)
				}
				if s.Interrupted != (tc.drain > 0 || tc.abort > 0) {
					t.Errorf("interrupted %v", s.Interrupted)
				}
			})
		})
	}
}

func TestADrainBeforeTheRunBeginsNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 4)
	drain := make(chan struct{})
	close(drain)
	w.options.Drain = drain
	for _, id := range ids("t", 20) {
		w.add(worker.Task{ID: id}, tokens(10))
	}
	w.mustRun()
	if len(w.order) > 0 {
		t.Errorf("began %v", w.order)
	}
}

func TestAResultThatCannotBeWrittenEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		f := w.hire("a", 2)
		for _, id := range ids("t", 10) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		full := errors.New("no space left")
		w.options.OnResult = func(r Result) error {
			if len(w.results) == 3 {
				return full
			}
			return nil
		}
		_, err := w.run(t.Context())
		if !errors.Is(err, full) || len(w.results) != 3 {
			t.Errorf("%d results were passed on, then %v", len(w.results), err)
		}
		if n := len(f.begun); n > 4 {
			t.Errorf("%d tasks were begun", n)
		}
		for _, id := range f.begun { // what ran is in the books all the same
			if r, _, ok := w.ledger.kept(id); !ok || r.Outcome != Done {
				t.Errorf("%s: %+v", id, r)
			}
		}
	})
}

func TestAResumedRunGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	f := w.hire("a", 2)
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "y", DependsOn: []string{"x"}, Prompt: `: {{output "x"}}`}, tokens(10))
	w.add(worker.Task{ID: "z", DependsOn: []string{"y"}, Prompt: `: {{output "y"}}`}, tokens(10))
	w.add(worker.Task{ID: "v"}, tokens(10))
	w.options.Earlier = []Result{
		{ID: "x", Outcome: Done, Output: "earlier"},
		{ID: "v", Outcome: Deferred}, // not finished: done again
	}
	s, err := w.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.want("y:done z:done v:done")
	if s.Resumed != 1 || slices.Contains(f.begun, "x") {
		t.Errorf("%+v, begun %v", s, f.begun)
	}
	if got, want := w.results["z"].Output, "output of z: output of y: earlier"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

// A resumed run whose outputs were not stored must not pay for prompts with holes in them.
func TestAResumedRunWithoutOutputs(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 2)
	w.options.DiscardOutputs = true
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "needs", DependsOn: []string{"x"}, Prompt: `{{output "x"}}`}, tokens(10))
	w.add(worker.Task{ID: "after", DependsOn: []string{"x"}, Prompt: "only after x"}, tokens(10))
	w.options.Earlier = []Result{{ID: "x", Outcome: Done}}
	w.mustRun()
	w.want("needs:failed after:done")
}

func TestWorkersThatDoAsTheyPlease(t *testing.T) {
	for _, tc := range []struct {
		name   string
		limits budget.Limits
		work   func(f *fake) worker.Worker
		want   string
		spent  int64
	}{
		{"no estimate", total(25), silent, "x:done y:done z:deferred", 20},
		{"no call at all", total(25), func(*fake) worker.Worker {
			return worker.Func(func(context.Context, worker.Task) (worker.Result, error) { return worker.Result{Output: "free"}, nil })
		}, "x:done y:done z:done", 0},
		{"a refusal swallowed", total(15), func(f *fake) worker.Worker {
			return worker.Func(func(ctx context.Context, t worker.Task) (worker.Result, error) {
				r, err := f.Work(ctx, t)
				if err != nil {
					return worker.Result{Output: "without a model"}, nil //nolint:nilerr // that is the case
				}
				return r, nil
			})
		}, "x:done y:done z:done", 10},
		{"a refusal wrapped in other words", total(15), func(f *fake) worker.Worker {
			return worker.Func(func(ctx context.Context, t worker.Task) (worker.Result, error) {
				r, err := f.Work(ctx, t)
				if err != nil {
					err = errors.New("it did not work out")
				}
				return r, err
			})
		}, "x:done y:deferred z:deferred", 10},
		{"calls side by side", total(45), func(f *fake) worker.Worker {
			return worker.Func(func(ctx context.Context, t worker.Task) (worker.Result, error) {
				errs := make(chan error, 2)
				for range 2 {
					go func() {
						_, err := f.Work(ctx, t)
						errs <- err
					}()
				}
				return worker.Result{}, errors.Join(<-errs, <-errs)
			})
		}, "x:done y:done z:deferred", 40},
		{"a reservation never ended", total(25), func(f *fake) worker.Worker {
			return worker.Func(func(ctx context.Context, t worker.Task) (worker.Result, error) {
				_, err := f.world.manager.Reserve(ctx, budget.Call{Model: "m", Input: 10})
				return worker.Result{}, err
			})
		}, "x:done y:done z:done", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.limits)
			f := w.hire("a", 1)
			w.options.Workers[0].Worker = tc.work(f)
			for i, id := range []string{"x", "y", "z"} {
				w.add(worker.Task{ID: id, Priority: -i}, tokens(10))
			}
			w.mustRun()
			w.want(tc.want)
			if got := w.manager.Total().Settled.Tokens; got != tc.spent {
				t.Errorf("%d tokens were spent, want %d", got, tc.spent)
			}
		})
	}
}

func TestARunWithoutWorkersOrWithWrongOnes(t *testing.T) {
	noop := worker.Func(func(context.Context, worker.Task) (worker.Result, error) { return worker.Result{}, nil })
	for name, slots := range map[string][]Slots{
		"none":         nil,
		"no name":      {{Worker: noop}},
		"no worker":    {{Name: "a"}},
		"a name twice": {{Name: "a", Worker: noop}, {Name: "a", Worker: noop}},
	} {
		if _, err := Run(t.Context(), Options{Manager: budget.New(budget.Config{}), Workers: slots, Run: "r"}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRunIDsSortByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		for range 50 {
			got = append(got, NewRunID())
			time.Sleep(time.Second)
		}
		if !slices.IsSorted(got) || len(slices.Compact(got)) != 50 {
			t.Error(got)
		}
	})
}

// The progress that events carry adds up, and events come in the order of what happens.
func TestEvents(t *testing.T) {
	w := newWorld(t, total(25))
	w.hire("a", 1)
	for _, id := range ids("t", 4) {
		w.add(worker.Task{ID: id}, tokens(10))
	}
	w.options.Earlier = []Result{{ID: "t0", Outcome: Done}}
	var got []string
	w.options.OnEvent = func(e Event) {
		p := e.Progress
		sum := p.Waiting + p.Running + p.Resumed
		for _, n := range p.Counts {
			sum += n
		}
		if sum != 4 || p.Total != 4 || p.Workers["a"] != p.Running {
			t.Errorf("%s %s: %+v", e.Kind, e.Task, p)
		}
		got = append(got, fmt.Sprint(e.Kind, " ", e.Task, " ", p.Budget.Settled.Tokens))
	}
	w.mustRun()
	want := []string{
		"started t1 0", "finished t1 10", "started t2 10", "finished t2 20", "finished t3 20",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a new period will pay for says from when.
func TestADeferralSaysWhenItCouldRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, budget.Config{Limits: total(100), Calendar: &calendar.Periods{Unit: calendar.Day}})
		w.hire("a", 1)
		w.add(worker.Task{ID: "now"}, tokens(80))
		w.add(worker.Task{ID: "tomorrow"}, tokens(90))
		w.mustRun()
		_, end := calendar.Periods{Unit: calendar.Day}.Bounds(time.Now())
		for _, r := range w.results {
			if r.Outcome == Deferred && (r.NotBefore == nil || !r.NotBefore.Equal(end)) {
				t.Errorf("%s: not before %v, want %v", r.ID, r.NotBefore, end)
			}
		}
	})
}

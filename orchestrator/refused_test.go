package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

var (
	errForbidden = &wire.Error{Class: wire.Forbidden, Status: 403, Sent: true}
	errNoModel   = &wire.Error{Class: wire.NoModel, Status: 404, Sent: true}
	errTooFast   = &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true}
)

// Whom a refusal is meant for. One worker with one slot, tasks t0, t1, ... in this order; d needs t0.
func TestWhomARefusalIsMeantFor(t *testing.T) {
	ok := error(nil)
	for _, tc := range []struct {
		name    string
		answers []error // to each task
		model   string  // that the first task names
		want    string
		calls   int
		stopped bool
		noModel bool
	}{
		{"a bad key", []error{errBadKey, ok, ok}, "", "t0:deferred t1:deferred t2:deferred d:deferred", 1, true, false},
		{"a bad key after a success", []error{ok, errBadKey, ok}, "", "t0:done t1:deferred t2:deferred d:deferred", 2, true, false},
		{"an empty account", []error{errBroke, ok, ok}, "", "t0:deferred t1:deferred t2:deferred d:deferred", 1, true, false},
		{"no connection", []error{errNoLine, ok, ok}, "", "t0:deferred t1:deferred t2:deferred d:deferred", 1, true, false},
		{"a wrong request", []error{errBadReq, ok, ok}, "", "t0:failed t1:done t2:done d:skipped", 3, false, false},
		{"the worker's model is not there", []error{errNoModel, ok, ok}, "", "t0:deferred t1:deferred t2:deferred d:deferred", 1, false, true},
		{"a task's model is not there", []error{errNoModel, ok, ok}, "nope", "t0:failed t1:done t2:done d:skipped", 3, false, false},
		{"403 of one task", []error{errForbidden, ok, ok}, "", "t0:failed t1:done t2:done d:skipped", 3, false, false},
		{"403 of one task in between", []error{ok, errForbidden, ok}, "", "t0:done t1:failed t2:done d:done", 4, false, false},
		{"403 of many tasks after a success", []error{ok, errForbidden, errForbidden, errForbidden, ok}, "", "t0:done t1:failed t2:failed t3:failed t4:done d:done", 6, false, false},
		{"403 of every task", []error{errForbidden, errForbidden, errForbidden, errForbidden}, "", "t0:deferred t1:deferred t2:deferred t3:deferred d:deferred", 2, true, false},
		{"403 of two tasks before any success", []error{errForbidden, errForbidden, ok}, "", "t0:deferred t1:deferred t2:deferred d:deferred", 2, true, false},
		{"403, a wrong request, a success", []error{errForbidden, errBadReq, ok}, "", "t0:failed t1:failed t2:done d:skipped", 3, false, false},
		{"403 and wrong requests only", []error{errForbidden, errBadReq, errBadReq}, "", "t0:deferred t1:failed t2:failed d:deferred", 3, false, false},
		{"403 of the only task", []error{errForbidden}, "", "t0:deferred d:deferred", 1, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, nil)
			f := w.hire("a", 1)
			calls := counting(f)
			for i, err := range tc.answers {
				s := tokens(10)
				s.err = err
				w.add(worker.Task{ID: fmt.Sprint("t", i), Priority: 100 - i}, s)
			}
			w.options.Tasks[0].Model = tc.model
			w.add(worker.Task{ID: "d", DependsOn: []string{"t0"}}, tokens(10))
			s, err := w.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.want(tc.want)
			if *calls != tc.calls || (len(s.Unavailable) == 1) != tc.stopped || (len(s.NoModel) == 1) != tc.noModel {
				t.Errorf("%d calls, want %d; %+v", *calls, tc.calls, s)
			}
			for _, r := range w.results {
				if r.Outcome == Deferred && r.ID != "d" && (r.Provider != "p-a" || !strings.Contains(r.Reason, "provider p-a: ")) {
					t.Errorf("%s is %s: provider %q, %s", r.ID, r.Outcome, r.Provider, r.Reason)
				}
			}
		})
	}
}

// counting counts the calls that reach the model of a worker with one slot.
func counting(f *fake) *int {
	calls := new(int)
	f.client = middleware.Chain(middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
		*calls++
		return f.answer(ctx, req)
	}), middleware.Budget(f.world.manager, middleware.BudgetOptions{}))
	return calls
}

// A model that is not there stops its own worker; the provider's others go on, and so does another provider.
func TestAWorkersModelThatIsNotThereStopsThatWorker(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1).client = refusing{errNoModel}
	w.hire("same", 1)
	w.hire("other", 1)
	for i, model := range []string{"x", "x", "y"} {
		w.options.Workers[i].Provider, w.options.Workers[i].Model = "p", model
	}
	w.add(worker.Task{ID: "a1", Worker: "a", Priority: 2}, tokens(10))
	w.add(worker.Task{ID: "a2", Worker: "a"}, tokens(10))
	w.add(worker.Task{ID: "s", Worker: "same", DependsOn: []string{"o"}}, tokens(10))
	w.add(worker.Task{ID: "o", Worker: "other", Priority: 1}, slow(10))
	w.add(worker.Task{ID: "any"}, tokens(10))
	synctest.Test(t, func(t *testing.T) {
		s, err := w.run(t.Context())
		w.want("a1:deferred a2:deferred s:deferred o:done any:done")
		if r := w.results["a2"]; err != nil || r.Provider != "p" || !strings.Contains(r.Reason, "provider p: no_model (status 404)") {
			t.Errorf("%+v, %v", r, err)
		}
		if !slices.Equal(s.NoModel, []string{"a", "same"}) || len(s.Unavailable) > 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A task that one provider refuses for itself goes to another.
func TestATaskThatAProviderRefusesGoesToAnother(t *testing.T) {
	for _, err := range []error{errForbidden, errNoModel, &wire.PausedError{Pause: wire.Pause{Provider: "p-a"}, Cause: errTooFast}} {
		t.Run(err.Error(), func(t *testing.T) {
			w := newWorld(t, nil)
			w.hire("a", 1).client = refusing{err}
			w.hire("b", 1)
			for _, id := range ids("t", 3) {
				w.add(worker.Task{ID: id, Model: "nobody-has-it"}, tokens(10))
			}
			w.mustRun()
			w.want("t0:done t1:done t2:done")
		})
	}
}

// Two tasks that will always meet a 403 cannot block a file: resumed, it begins with the others.
func TestNoFileIsBlockedByItsFirstTasks(t *testing.T) {
	for _, slots := range []int{1, 3} {
		t.Run(fmt.Sprint(slots, " slots"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				last := make(map[string]bool)
				run := func() *world {
					w := newWorld(t, nil)
					w.hire("a", slots)
					for i, id := range ids("t", 8) {
						s := slow(10)
						if i < 2 {
							s.err, s.takes = errForbidden, 0
						}
						w.add(worker.Task{ID: id, Priority: -i}, s)
					}
					w.options.Last = last
					w.mustRun()
					return w
				}
				first := run()
				if slots > 1 { // what is under way with them shows that the key is good
					first.want("t0:failed t1:failed t2:done t3:done t4:done t5:done t6:done t7:done")
					return
				}
				for id, r := range first.results {
					if marked := id == "t0" || id == "t1"; r.Forbidden != marked || marked && r.Outcome != Deferred {
						t.Errorf("first: %s is %s, forbidden %v", id, r.Outcome, r.Forbidden)
					}
					last[id] = r.Forbidden
				}
				w := run()
				w.want("t0:failed t1:failed t2:done t3:done t4:done t5:done t6:done t7:done")
				if r := w.results["t0"]; r.Attempts != 1 || r.Forbidden {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

// However many the tasks are that will always meet a 403, and whatever was marked while a key was wrong: each resumed
// run comes further, until one succeeds.
func TestNoFileIsBlockedHoweverManyTasksMeetA403(t *testing.T) {
	for name, wrongKey := range map[string]int{"always a good key": 0, "a wrong key at first": 6} {
		t.Run(name, func(t *testing.T) {
			last := make(map[string]bool)
			for part := range wrongKey + 5 {
				w := newWorld(t, nil)
				w.hire("a", 1)
				for i, id := range ids("t", 12) {
					s := tokens(10)
					if i < 5 || part < wrongKey {
						s.err = errForbidden
					}
					w.add(worker.Task{ID: id, Priority: -i}, s)
				}
				w.options.Last = last
				if outcomes := w.mustRun(); slices.Contains(slices.Collect(maps.Values(outcomes)), Done) {
					w.want("t0:failed t1:failed t2:failed t3:failed t4:failed t5:done t6:done t7:done t8:done t9:done t10:done t11:done")
					return
				}
				for id, r := range w.results {
					last[id] = r.Forbidden
				}
			}
			t.Error("no run came to a task that succeeds")
		})
	}
}

// A key that is refused with 403 burns no more tasks than are under way at once.
func TestARefusedKeyBurnsNoFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		f := w.hire("a", 4)
		for i, id := range ids("t", 100) {
			s := slow(10)
			s.err, s.takes = errForbidden, time.Duration(i%7)*time.Second
			w.add(worker.Task{ID: id, Priority: -i}, s)
		}
		s, err := w.run(t.Context())
		if err != nil || s.Counts[Deferred] != 100 || len(f.begun) > 5 || !slices.Equal(s.Unavailable, []string{"p-a"}) {
			t.Errorf("%d tasks were begun; %+v, %v", len(f.begun), s, err)
		}
	})
}

// Tasks to begin last are begun, too, where there are no others.
func TestTasksToBeginLastAreBegun(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 2)
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "y", DependsOn: []string{"x"}}, tokens(10))
	w.options.Last = map[string]bool{"x": true, "y": true}
	w.mustRun()
	w.want("x:done y:done")
}

// gated gives a worker a chain with a gate.
func gated(w *world, f *fake, gates *middleware.Gates, answer middleware.ClientFunc) {
	f.client = middleware.Chain(answer, middleware.Retry(middleware.RetryOptions{}), gates.Pause("p-"+f.name),
		middleware.Budget(w.manager, middleware.BudgetOptions{}))
	w.options.Gates = gates
}

// Tasks of a provider that asks for more than patience are deferred until it takes calls, whatever their
// number: none is failed, none is charged, and the provider is asked once.
func TestAPauseLongerThanPatienceDefers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(1000))
		calls := 0
		gated(w, w.hire("a", 1), middleware.NewGates(middleware.GateOptions{}), func(context.Context, *middleware.Request) (*middleware.Response, error) {
			calls++
			return nil, &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true, RetryAfter: time.Hour}
		})
		w.hire("b", 1)
		start := time.Now()
		for _, id := range ids("t", 5) {
			w.add(worker.Task{ID: id, Worker: "a"}, tokens(10))
		}
		w.add(worker.Task{ID: "other", Worker: "b"}, tokens(10))
		w.add(worker.Task{ID: "d", DependsOn: []string{"t0"}}, tokens(10))
		s, err := w.run(t.Context())
		w.want("t0:deferred t1:deferred t2:deferred t3:deferred t4:deferred other:done d:deferred")
		r := w.results["t3"]
		if err != nil || r.NotBefore == nil || !r.NotBefore.Equal(start.Add(time.Hour)) || r.Provider != "p-a" ||
			!strings.Contains(r.Reason, "provider p-a: rate_limit (status 429); it asks to wait 1h0m0s: longer than a task may wait") {
			t.Errorf("%+v, %v", r, err)
		}
		if settled := w.manager.Total().Settled.Tokens; calls != 1 || settled != 10 || len(s.Unavailable) > 0 {
			t.Errorf("%d calls, settled %d, %+v", calls, settled, s)
		}
		if len(s.Causes) != 2 || s.Causes[0].Tasks != 5 || s.Causes[0].First != "t0" {
			t.Errorf("causes %+v", s.Causes)
		}
	})
}

// While a provider is paused its tasks wait in their slots; those of another go on, and so do those that may
// go to either.
func TestAPausedProviderHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		start := time.Now()
		f := w.hire("a", 2)
		gated(w, f, middleware.NewGates(middleware.GateOptions{}), func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
			if left := 5*time.Minute - time.Since(start); left > 0 {
				return nil, &wire.Error{Class: wire.Server, Status: 503, Sent: true, RetryAfter: left}
			}
			return f.answer(ctx, req)
		})
		w.hire("b", 2)
		for _, id := range ids("a", 4) {
			w.add(worker.Task{ID: id, Worker: "a", Priority: 1}, slow(10))
		}
		for _, id := range ids("t", 20) {
			w.add(worker.Task{ID: id}, slow(10))
		}
		var kinds []EventKind
		w.options.OnEvent = func(e Event) {
			if e.Pause != nil {
				kinds = append(kinds, e.Kind)
			}
			if e.Kind == Paused && (e.Pause.Provider != "p-a" || !slices.Contains(e.Progress.Paused, *e.Pause)) {
				t.Errorf("%+v", e)
			}
			if e.Kind == Finished && e.Result.Worker == "b" && time.Since(start) > time.Minute {
				t.Errorf("%s was held up for %v", e.Task, time.Since(start))
			}
		}
		for id, outcome := range w.mustRun() {
			if outcome != Done {
				t.Errorf("%s is %s", id, outcome)
			}
		}
		if !slices.Equal(kinds, []EventKind{Paused, Reopened}) {
			t.Errorf("events %v", kinds)
		}
	})
}

// A run whose every task waits at a gate ends at once when it is interrupted, and so does one that has to stop.
func TestARunThatWaitsAtAGateEndsAtOnce(t *testing.T) {
	for _, how := range []string{"drain", "abort", "books", "results"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, total(1000))
				gated(w, w.hire("a", 2), middleware.NewGates(middleware.GateOptions{}), func(context.Context, *middleware.Request) (*middleware.Response, error) {
					return nil, errTooFast
				})
				w.hire("b", 1)
				for _, id := range ids("t", 4) {
					w.add(worker.Task{ID: id, Worker: "a"}, tokens(10))
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				drain := make(chan struct{})
				w.options.Drain = drain
				start := time.Now()
				switch how {
				case "drain":
					time.AfterFunc(time.Minute, func() { close(drain) })
				case "abort":
					time.AfterFunc(time.Minute, cancel)
				case "results":
					late := tokens(10)
					late.takes = time.Minute
					w.add(worker.Task{ID: "u", Worker: "b"}, late)
					w.options.OnResult = func(Result) error { return errors.New("the disk is full") }
				case "books":
					late := tokens(10)
					late.takes = time.Minute
					w.add(worker.Task{ID: "u", Worker: "b"}, late)
					w.ledger.fail = func(entries []budget.Entry) error {
						if time.Since(start) >= time.Minute {
							return errors.New("the disk is full")
						}
						return nil
					}
					w.broken = true
				}
				_, err := w.run(ctx)
				if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
					t.Errorf("it ended after %v: %v", took, err)
				}
				want := map[string]Outcome{"drain": Cancelled, "abort": Cancelled}[how]
				if want != "" && (err != nil || w.results["t0"].Outcome != want || w.results["t3"].Outcome != want) {
					t.Errorf("%v, %v", w.outcomes(), err)
				}
				if want == "" && err == nil {
					t.Error("no error")
				}
			})
		})
	}
}

// Reasons that differ in numbers only are one cause.
func TestCauses(t *testing.T) {
	c := make(causes)
	for i, reason := range []string{"asks to wait 38.9s", "asks to wait 1m2s", "asks to wait 4s", "no money", "no money"} {
		c.add(Result{ID: fmt.Sprint("t", i), Outcome: Deferred, Reason: reason})
	}
	c.add(Result{ID: "f", Outcome: Failed, Reason: "no money"})
	c.add(Result{ID: "d", Outcome: Done})
	c.add(Result{ID: "s", Outcome: Skipped, Reason: "depends on f"})
	want := []Cause{{Deferred, "asks to wait 38.9s", "t0", 3}, {Deferred, "no money", "t3", 2}, {Failed, "no money", "f", 1}}
	if got := c.list(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for i := range 10 * maxCauses {
		c.add(Result{ID: "x", Outcome: Failed, Reason: strings.Repeat("a", i)})
	}
	if len(c) != maxCauses {
		t.Errorf("%d causes are remembered", len(c))
	}
}

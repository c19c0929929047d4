package orchestrator

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// plan plans what w would run, on books of its own. No worker is called.
func (w *world) plan() []Planned {
	w.t.Helper()
	config := w.config
	config.Ledger = nil
	o := w.options
	o.Manager = budget.New(config)
	o.Workers = slices.Clone(o.Workers)
	for i, s := range o.Workers {
		if f, ok := s.Worker.(*fake); ok {
			o.Workers[i].Worker = idle{w.t, f}
		}
	}
	plan, err := Plan(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(plan) != len(o.Tasks) {
		w.t.Errorf("%d tasks are planned, of %d", len(plan), len(o.Tasks))
	}
	return plan
}

// idle is a worker that must not work.
type idle struct {
	t *testing.T
	*fake
}

func (i idle) Work(context.Context, worker.Task) (worker.Result, error) {
	i.t.Error("a plan called a worker")
	return worker.Result{}, nil
}

func verdicts(plan []Planned) string {
	var out []string
	for _, p := range plan {
		out = append(out, p.ID+":"+string(p.Forecast))
	}
	return strings.Join(out, " ")
}

func TestPlan(t *testing.T) {
	for _, tc := range []struct {
		name   string
		limits budget.Limits
		build  func(w *world)
		want   string
	}{
		{"no limit", nil, func(w *world) {
			w.hire("a", 4)
			w.add(worker.Task{ID: "x"}, tokens(100))
			w.add(worker.Task{ID: "y", Priority: 1}, tokens(100))
		}, "y:run x:run"},
		{"as far as the budget goes", total(250), func(w *world) {
			w.hire("a", 4)
			for _, id := range ids("t", 4) {
				w.add(worker.Task{ID: id}, tokens(100))
			}
		}, "t0:run t1:run t2:defer t3:defer"},
		{"what depends on a deferred task", total(150), func(w *world) {
			w.hire("a", 4)
			w.add(worker.Task{ID: "x"}, tokens(100))
			w.add(worker.Task{ID: "y", DependsOn: []string{"x"}}, tokens(100))
			w.add(worker.Task{ID: "z", DependsOn: []string{"y"}}, tokens(10))
		}, "x:run y:defer z:defer"},
		{"larger than a limit as a whole", budget.Limits{budget.Task(""): budget.TokenLimit(50)}, func(w *world) {
			w.hire("a", 4)
			w.add(worker.Task{ID: "x"}, tokens(100))
			w.add(worker.Task{ID: "y", DependsOn: []string{"x"}}, tokens(10))
		}, "x:never y:skip"},
		{"no price under a cost limit", budget.Limits{budget.Total: budget.Limit{}.WithCost(5)}, func(w *world) {
			w.hire("a", 4)
			w.add(worker.Task{ID: "x"}, tokens(100))
		}, "x:never"},
		{"at a worker that can pay", budget.Limits{budget.Worker("a"): budget.TokenLimit(150)}, func(w *world) {
			w.hire("a", 1)
			w.hire("b", 1)
			w.add(worker.Task{ID: "x"}, tokens(100))
			w.add(worker.Task{ID: "y"}, tokens(100))
			w.add(worker.Task{ID: "z", Worker: "a"}, tokens(100))
		}, "x:run y:run z:defer"},
		{"a worker that cannot tell", total(10), func(w *world) {
			w.options.Workers = append(w.options.Workers, Slots{Name: "s", Worker: silent(&fake{world: w})})
			w.hire("a", 1)
			w.add(worker.Task{ID: "x"}, tokens(100))
			w.add(worker.Task{ID: "y", DependsOn: []string{"x"}, Worker: "a"}, tokens(5))
		}, "x:unknown y:run"},
		{"what was finished before, in file order", nil, func(w *world) {
			w.hire("a", 1)
			for _, id := range ids("t", 5) {
				w.add(worker.Task{ID: id}, tokens(5))
			}
			w.options.Earlier = []Result{
				{ID: "t3", Outcome: Done}, {ID: "t1", Outcome: Done}, {ID: "t4", Outcome: Failed}, {ID: "gone", Outcome: Done},
			}
		}, "t1:finished t3:finished t0:run t2:run t4:run"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.limits)
			tc.build(w)
			if got := verdicts(w.plan()); got != tc.want {
				t.Errorf("plan %s, want %s", got, tc.want)
			}
		})
	}
}

func TestAPlanSaysWhatATaskWouldHold(t *testing.T) {
	w := newWorldWith(t, budget.Config{Limits: total(100), Prices: budget.Prices{"m": {Input: 1_000_000, Output: 2_000_000}}})
	w.hire("a", 1)
	w.add(worker.Task{ID: "up"}, spec{input: 10, most: 20})
	w.add(worker.Task{ID: "x", Priority: 3, DependsOn: []string{"up"}, Prompt: `{{output "up"}}`}, spec{input: 10, least: 10, most: 200})
	cost := func(n Cost) *Cost { return &n }
	want := []Planned{
		{ID: "up", Forecast: WillRun, Priority: 3, Worth: 1, Worker: "a", Model: "m", Input: 10, Output: 20, Tokens: 30, Cost: cost(50), Expected: 30, ExpectedCost: cost(50)},
		// Its input has up's whole output in it, and its own output is clamped to what is left.
		{ID: "x", Forecast: WillRun, Priority: 3, Worth: 8, Worker: "a", Model: "m", Input: 30, Output: 40, Tokens: 70, Cost: cost(110), Expected: 70, ExpectedCost: cost(110)},
	}
	if diff := cmp.Diff(want, w.plan()); diff != "" {
		t.Error(diff)
	}
}

// With one slot and answers as long as expected, the run is the plan, task by task.
func TestTheRunIsThePlan(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			w := plannedWorld(t, seed)
			var want []string
			planned := make(map[string]Forecast)
			for _, p := range w.plan() {
				if planned[p.ID] = p.Forecast; p.Forecast == WillRun {
					want = append(want, p.ID)
				}
			}
			w.mustRun()
			if diff := cmp.Diff(want, w.order); diff != "" {
				t.Fatalf("seed %d (-plan +run):\n%s", seed, diff)
			}
			for id, r := range w.results {
				if (planned[id] == WillRun) != (r.Outcome == Done) {
					t.Errorf("seed %d: %s was planned as %s and is %s", seed, id, planned[id], r.Outcome)
				}
			}
		})
	}
}

// plannedWorld has a random file under 60% of what its tasks use, in tokens or, every other seed, in money, and one slot.
// All answers are as long as their caps, and these alike, so that what is expected of them never changes.
func plannedWorld(t *testing.T, seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 3))
	file := newWorld(t, nil)
	file.randomFile(rng, 40)
	var need budget.Usage
	for id, s := range file.specs {
		s.most, s.output = 100, 100
		s.takes = time.Duration(rng.IntN(5)) * time.Second
		file.specs[id] = s
		need.Input, need.Output = need.Input+s.input, need.Output+s.output
	}
	config := budget.Config{Limits: total(need.Tokens() * 6 / 10), Logger: slog.New(slog.DiscardHandler)}
	if seed%2 == 1 {
		price := budget.FlatPrice(1_000_000_000, 4_000_000_000)
		config.Prices = budget.Prices{"m": price}
		config.Limits = budget.Limits{budget.Total: budget.Limit{}.WithCost(price.Cost(&need) * 6 / 10)}
	}
	w := newWorldWith(t, config)
	w.hire("w", 1)
	for _, task := range file.options.Tasks {
		w.add(task, file.specs[task.ID])
	}
	return w
}

// randomFile adds n tasks: half of them depend on one to three earlier ones, sizes are log-normal, most
// are of normal priority, and an answer uses between a fifth and all of its cap. It returns what all use.
func (w *world) randomFile(rng *rand.Rand, n int) (need budget.Usage) {
	for i := range n {
		t := worker.Task{ID: fmt.Sprint("t", i), Priority: []int{0, 0, 0, 0, 1, 1, 2, 3}[rng.IntN(8)]}
		if i > 0 && rng.IntN(2) == 0 {
			for range 1 + rng.IntN(3) {
				if up := fmt.Sprint("t", rng.IntN(i)); !slices.Contains(t.DependsOn, up) {
					t.DependsOn = append(t.DependsOn, up)
				}
			}
		}
		most := int64(200 * math.Exp(rng.NormFloat64()))
		s := spec{input: int64(100 * math.Exp(rng.NormFloat64())), most: most + 1}
		s.output = int64(float64(s.most) * (0.2 + 0.8*rng.Float64()))
		s.takes = time.Duration(s.output) * time.Millisecond
		w.add(t, s)
		need.Input, need.Output = need.Input+s.input, need.Output+s.output
	}
	return need
}

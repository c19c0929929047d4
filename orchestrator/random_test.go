package orchestrator

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

var (
	randomSeed = flag.Uint64("random.seed", 0, "the only seed that TestRandomRuns tries; 0 is a fresh set")
	randomRuns = flag.Int("random.runs", 200, "how many random runs TestRandomRuns makes")
)

// TestRandomRuns lets random task files with random limits, wrong estimates, errors, panics, retries, drains
// and aborts run: every run ends by itself, and what checkSummary and checkBooks say holds. synctest ends
// the test if a run stands still.
func TestRandomRuns(t *testing.T) {
	seeds := []uint64{*randomSeed}
	if *randomSeed == 0 {
		seeds = nil
		for range *randomRuns {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, seed := range seeds {
		ok := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { randomRun(t, rand.New(rand.NewPCG(seed, 1))) })
		})
		if !ok {
			t.Fatalf("again: go test ./orchestrator -run TestRandomRuns -random.seed=%d", seed)
		}
	}
}

func randomRun(t *testing.T, rng *rand.Rand) {
	n := 1 + rng.IntN(40)
	w := newWorldWith(t, budget.Config{
		Limits: randomLimits(rng, int64(n)), OnFull: []budget.OnFull{budget.Wait, budget.Wait, budget.Refuse}[rng.IntN(3)],
		Mode: []budget.Mode{budget.Strict, budget.Strict, budget.Strict, budget.Soft}[rng.IntN(4)],
	})
	names := []string{"a", "b", "c"}[:1+rng.IntN(3)]
	gates := middleware.NewGates(middleware.GateOptions{Patience: []time.Duration{0, 3 * time.Second, -1}[rng.IntN(3)]})
	w.options.Gates, w.options.Last = gates, make(map[string]bool)
	for i, name := range names {
		f := w.hire(name, 1+rng.IntN(4))
		slots := &w.options.Workers[i]
		if rng.IntN(4) == 0 {
			slots.Worker = silent(f)
		}
		if rng.IntN(3) == 0 {
			slots.Provider = "shared"
		}
		f.client = middleware.Chain(f.client, unreliable(rng.Uint64(), gates.Pause(slots.Provider)))
	}
	for i := range n {
		task := worker.Task{ID: fmt.Sprint("t", i), Priority: rng.IntN(5) - 2}
		if rng.IntN(4) == 0 {
			task.Worker = names[rng.IntN(len(names))]
		}
		for range rng.IntN(3) {
			if up := fmt.Sprint("t", rng.IntN(max(1, i))); i > 0 && !slices.Contains(task.DependsOn, up) {
				task.DependsOn = append(task.DependsOn, up)
			}
		}
		w.options.Last[task.ID] = rng.IntN(10) == 0
		if rng.IntN(10) == 0 {
			task.Model = "own"
		}
		w.add(task, randomSpec(rng))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if rng.IntN(5) == 0 {
		stop := time.AfterFunc(time.Duration(rng.IntN(20_000))*time.Millisecond, cancel)
		defer stop.Stop()
	}
	if rng.IntN(5) == 0 {
		drain := make(chan struct{})
		w.options.Drain = drain
		stop := time.AfterFunc(time.Duration(rng.IntN(20_000))*time.Millisecond, func() { close(drain) })
		defer stop.Stop()
	}
	s, err := w.run(ctx)
	if err != nil {
		t.Error(err)
	}
	if !s.Interrupted && s.Counts[Cancelled] > 0 {
		t.Errorf("tasks were cancelled in a run that nobody interrupted: %v", s.Counts)
	}
	byProvider := slices.ContainsFunc(slices.Collect(maps.Values(w.results)), func(r Result) bool { return r.Provider != "" })
	if w.config.Mode == budget.Soft && s.Counts[Deferred]+s.Counts[Exhausted] > 0 && !byProvider {
		t.Errorf("soft mode deferred tasks: %v", s.Counts)
	}
	for name, f := range w.workers {
		for _, slots := range w.options.Workers {
			if slots.Name == name && f.most > slots.Concurrency {
				t.Errorf("%s ran %d at once of %d", name, f.most, slots.Concurrency)
			}
		}
	}
}

func randomLimits(rng *rand.Rand, tasks int64) budget.Limits {
	limits := budget.Limits{}
	put := func(s budget.Scope, most int64) {
		if rng.IntN(2) == 0 {
			limits[s] = budget.TokenLimit(rng.Int64N(most))
		}
	}
	put(budget.Total, 200*tasks)
	put(budget.Worker(""), 150*tasks)
	put(budget.Worker("a"), 60*tasks)
	put(budget.Task(""), 600)
	put(budget.Model("m"), 300*tasks)
	return limits
}

func randomSpec(rng *rand.Rand) spec {
	s := spec{
		input: rng.Int64N(100), most: 1 + rng.Int64N(200), calls: 1 + rng.IntN(5)/3,
		takes: time.Duration(rng.IntN(3)) * time.Second, guess: 1,
	}
	s.output = rng.Int64N(s.most + 1)
	if rng.IntN(3) == 0 {
		s.least = 1 + rng.Int64N(s.most)
	}
	if rng.IntN(4) == 0 {
		s.guess = []float64{0.01, 0.5, 1.5, 10}[rng.IntN(4)]
	}
	switch rng.IntN(20) {
	case 0:
		s.err = []error{errBadReq, errLost, errOther, errForbidden, errTooFast}[rng.IntN(5)]
	case 1:
		s.panics = true
	case 2:
		s.beyond = rng.Int64N(300)
	case 3:
		if rng.IntN(4) == 0 {
			s.err = []error{errBadKey, errBroke, errNoLine, errNoModel}[rng.IntN(4)]
		}
	}
	return s
}

// unreliable is a provider that now and then refuses an attempt unbilled: called too fast, overloaded, or
// failing. What it does then is repeated a little later, with the others held back or without.
func unreliable(seed uint64, pause middleware.Middleware) middleware.Middleware {
	return func(next middleware.Client) middleware.Client {
		return middleware.Chain(next, middleware.Retry(middleware.RetryOptions{}), pause, func(next middleware.Client) middleware.Client {
			return middleware.ClientFunc(func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
				switch rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano()))).IntN(30) {
				case 0:
					return nil, &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true}
				case 1:
					return nil, &wire.Error{Class: wire.Server, Status: 503, Sent: true, RetryAfter: 2 * time.Second}
				case 2:
					return nil, &wire.Error{Class: wire.Server, Status: 500, Sent: true}
				}
				return next.Generate(ctx, req)
			})
		})
	}
}

package orchestrator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A night's weather at a provider, at a time since the run began: what a call meets, nil for an answer.
var weathers = map[string]func(since time.Duration, random *rand.Rand) *wire.Error{
	"four of five calls are too fast, for a minute": func(since time.Duration, random *rand.Rand) *wire.Error {
		if since < time.Minute && random.IntN(5) > 0 {
			return &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true}
		}
		return nil
	},
	"it is gone for five minutes": func(since time.Duration, _ *rand.Rand) *wire.Error {
		if since > 3*time.Second && since < 5*time.Minute {
			return &wire.Error{Class: wire.Unreachable, Message: "connection refused"}
		}
		return nil
	},
	"it is overloaded on and off, for ten minutes": func(since time.Duration, _ *rand.Rand) *wire.Error {
		if since < 10*time.Minute && since%(40*time.Second) > 5*time.Second {
			return &wire.Error{Class: wire.Server, Status: 529, Sent: true}
		}
		return nil
	},
	"it asks for 65 seconds": func(since time.Duration, _ *rand.Rand) *wire.Error {
		if left := 68*time.Second - since; since > 3*time.Second && left > 0 {
			return &wire.Error{Class: wire.RateLimit, Status: 429, Sent: true, RetryAfter: left}
		}
		return nil
	},
}

// 300 tasks see all of a night's weather through: each is done, and charged once. While a gate is shut one call at a time looks
// whether it may be opened, and a pause begins and ends once for all.
func TestWeather(t *testing.T) {
	for name, weather := range weathers {
		for seed := range uint64(5) {
			t.Run(fmt.Sprintf("%s, %d", name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { seeThrough(t, weather, rand.New(rand.NewPCG(seed, 1))) })
			})
		}
	}
}

func seeThrough(t *testing.T, weather func(time.Duration, *rand.Rand) *wire.Error, random *rand.Rand) {
	w := newWorld(t, total(3000))
	start := time.Now()
	gates := middleware.NewGates(middleware.GateOptions{Patience: 30 * time.Minute})
	f := w.hire("a", 8)
	var mu sync.Mutex
	probes, met := 0, 0
	gated(w, f, gates, func(ctx context.Context, req *middleware.Request) (*middleware.Response, error) {
		mu.Lock()
		shut, _ := gates.Paused()
		probe := len(shut) > 0
		if probe {
			if probes++; probes > 1 {
				t.Errorf("%d calls at a time while %+v", probes, shut)
			}
		}
		e := weather(time.Since(start), random)
		if e != nil {
			met++
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			if probe {
				probes--
			}
		}()
		time.Sleep(20 * time.Millisecond) // until it is known
		if e != nil {
			return nil, e
		}
		return f.answer(ctx, req)
	})
	for _, id := range ids("t", 300) {
		w.add(worker.Task{ID: id}, slow(10))
	}
	open := make(map[string]bool)
	pauses := 0
	w.options.OnEvent = func(e Event) {
		switch {
		case e.Kind == Paused && !open[e.Pause.Model]:
			open[e.Pause.Model] = true
			pauses++
		case e.Kind == Reopened && !open[e.Pause.Model]:
			t.Errorf("%+v was not paused", e.Pause)
		case e.Kind == Reopened:
			delete(open, e.Pause.Model)
		}
	}
	for id, outcome := range w.mustRun() {
		if r := w.results[id]; outcome != Done || r.Attempts < 1 || r.Tokens != 10 {
			t.Errorf("%s is %s: %+v", id, outcome, r)
		}
	}
	if settled := w.manager.Total().Settled.Tokens; settled != 3000 || met == 0 || pauses == 0 || len(open) > 0 {
		t.Errorf("settled %d, %d calls met the weather, %d pauses, still paused %v", settled, met, pauses, open)
	}
	t.Logf("over after %v: %d calls met it, in %d pauses", time.Since(start).Round(time.Second), met, pauses)
}

package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

func TestSimLatency(t *testing.T) {
	for _, test := range []struct {
		name   string
		config provider.SimConfig
	}{
		{"answer", provider.SimConfig{}},
		{"failure", provider.SimConfig{ErrorRate: 1}},
		{"lost connection", provider.SimConfig{CutRate: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.config.Latency, test.config.Jitter = 200*time.Millisecond, 100*time.Millisecond
				sim := provider.NewSim(test.config)
				seen := map[time.Duration]bool{}
				for i := range 20 {
					start := time.Now()
					_, _ = sim.Generate(t.Context(), &wire.Request{Model: "m", Messages: wire.Prompt(fmt.Sprint(i))})
					took := time.Since(start)
					if took < 100*time.Millisecond || took > 300*time.Millisecond {
						t.Errorf("took %v", took)
					}
					seen[took] = true
				}
				if len(seen) < 15 {
					t.Errorf("only %d different latencies in 20 calls", len(seen))
				}
			})
		})
	}
}

func TestSimStreamsOverItsLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := provider.NewSim(provider.SimConfig{Latency: time.Second})
		start := time.Now()
		var at []time.Duration
		_, err := sim.Generate(t.Context(), &wire.Request{
			Model: "m", Messages: wire.Prompt(harbour),
			OnDelta: func(wire.Delta) { at = append(at, time.Since(start)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		step := at[0]
		for i, d := range at {
			if d != step*time.Duration(i+1) {
				t.Errorf("piece %d came at %v, want one every %v", i, d, step)
			}
		}
		if last := at[len(at)-1]; last > time.Second || last < 999*time.Millisecond {
			t.Errorf("the last piece came at %v", last)
		}
	})
}

func TestSimCancelledWhileAnswering(t *testing.T) {
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream=%v", stream), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				req := &wire.Request{Model: "m", Messages: wire.Prompt(harbour)}
				pieces := 0
				if stream {
					req.OnDelta = func(wire.Delta) { pieces++ }
				}
				start := time.Now()
				_, err := provider.NewSim(provider.SimConfig{Latency: time.Second}).Generate(ctx, req)
				e := wire.AsError(err)
				if e.Class != wire.Lost || !e.Sent || e.Started != stream || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %+v", e)
				}
				if took := time.Since(start); took != 500*time.Millisecond || (pieces > 0) != stream {
					t.Errorf("returned after %v and %d pieces", took, pieces)
				}
			})
		})
	}
}

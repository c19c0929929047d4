package orchestrator

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A run that is suspended lets what runs go on to its end, begins nothing, and goes on when it is told to.
func TestARunIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.hire("a", 2)
		w.options.Control = NewControl()
		for _, id := range ids("t", 6) {
			w.add(worker.Task{ID: id}, slow(10)) // a second each
		}
		start := time.Now()
		var in []Moment
		go func() {
			c := w.options.Control
			time.Sleep(1500 * time.Millisecond)
			for range 2 {
				if err := c.Suspend(t.Context(), "lunch"); err != nil {
					t.Error(err)
				}
			}
			for range 2 {
				m, err := c.Moment(t.Context())
				if err != nil {
					t.Error(err)
				}
				in = append(in, m)
				time.Sleep(time.Hour)
			}
			if err := c.Continue(t.Context(), "back"); err != nil {
				t.Error(err)
			}
		}()
		w.mustRun()
		w.want("t0:done t1:done t2:done t3:done t4:done t5:done")
		if took := time.Since(start); took < 2*time.Hour || took > 2*time.Hour+3*time.Second {
			t.Errorf("took %v", took)
		}
		if first := in[0]; !first.Suspended || first.Running != 2 || len(first.Tasks) != 2 || first.Tasks[0].Worker != "a" || first.Tasks[0].State != StateRunning || first.Waiting != 2 {
			t.Errorf("when it was suspended: %+v", first)
		}
		if later := in[1]; later.Running != 0 || len(later.Tasks) != 0 || later.Counts[Done] != 4 || later.Planned != 2 || later.Rest.IsZero() {
			t.Errorf("an hour later: %+v", later)
		}
	})
}

// An interrupted run ends although it is suspended.
func TestASuspendedRunEnds(t *testing.T) {
	for name, end := range map[string]func(drain chan struct{}, abort func()){
		"drained": func(drain chan struct{}, _ func()) { close(drain) },
		"aborted": func(_ chan struct{}, abort func()) { abort() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.hire("a", 1)
				drain := make(chan struct{})
				w.options.Control, w.options.Drain = NewControl(), drain
				w.add(worker.Task{ID: "x"}, slow(10))
				w.add(worker.Task{ID: "y"}, slow(10))
				ctx, abort := context.WithCancel(t.Context())
				defer abort()
				go func() {
					if err := w.options.Control.Suspend(ctx, ""); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Hour)
					end(drain, abort)
				}()
				if _, err := w.run(ctx); err != nil {
					t.Fatal(err)
				}
				w.want("x:done y:cancelled")
			})
		})
	}
}

// A limit that is raised while a run goes on lets what it could not pay for go on, whatever becomes of the deferred in the end.
func TestDeferredIsProvisionalWhileARunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(250))
		w.config.Limits = total(1000)
		w.hire("a", 4)
		w.options.Control = NewControl()
		w.add(worker.Task{ID: "long", Priority: 3}, spec{input: 10, most: 40, output: 40, takes: time.Hour})
		for _, id := range ids("t", 4) {
			w.add(worker.Task{ID: id}, slow(100))
		}
		go func() {
			time.Sleep(time.Minute)
			if m, err := w.options.Control.Moment(t.Context()); err != nil || m.Short != 2 || m.Lacking.IsZero() || m.Counts[Deferred] != 0 {
				t.Errorf("%+v, %v", m, err)
			}
			if err := w.manager.SetLimit(t.Context(), budget.Total, budget.TokenLimit(350)); err != nil {
				t.Error(err)
			}
			if err := w.options.Control.Rerank(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		start := time.Now()
		w.mustRun()
		w.want("long:done t0:done t1:done t2:done t3:deferred")
		if took := time.Since(start); took != time.Hour {
			t.Errorf("took %v", took)
		}
	})
}

func TestNobodyAsksARunThatHasEnded(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.options.Control = NewControl()
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.mustRun()
	if _, err := w.options.Control.Moment(t.Context()); !errors.Is(err, ErrEnded) {
		t.Errorf("%v", err)
	}
	asked, cancel := context.WithCancel(t.Context())
	cancel()
	if err := NewControl().Rerank(asked); !errors.Is(err, context.Canceled) {
		t.Errorf("before it begins: %v", err)
	}
}

package orchestrator

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A result says how long its task was held back, and its calls waited.
func TestAResultSaysHowLongItsTaskWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, total(150))
		w.hire("w", 2)
		long := spec{input: 50, most: 50, output: 10, takes: time.Minute}
		w.add(worker.Task{ID: "first"}, long)
		w.add(worker.Task{ID: "second"}, spec{input: 30, most: 30, output: 10, takes: time.Second})
		w.mustRun()
		if held := w.results["first"].HeldBack + w.results["second"].HeldBack; held < time.Second || held > time.Minute {
			t.Errorf("held back: first %v, second %v", w.results["first"].HeldBack, w.results["second"].HeldBack)
		}
		ctx, waits := wire.WithWaits(context.Background())
		wire.Waited(ctx, time.Second)
		wire.Waited(context.Background(), time.Hour) // nobody's
		if got := waits.Provider(); got != time.Second {
			t.Errorf("waited %v", got)
		}
	})
}

package wire

import (
	"context"
	"sync/atomic"
	"time"
)

// Waits adds up how long calls wait for their provider before they are sent: because it is paused, because of the rates that are
// set for it, or before they are tried again. It is safe for concurrent use.
type Waits struct{ provider atomic.Int64 }

type waitsKey struct{}

// WithWaits returns a context whose calls add up how long they wait.
func WithWaits(ctx context.Context) (context.Context, *Waits) {
	w := new(Waits)
	return context.WithValue(ctx, waitsKey{}, w), w
}

// Waited notes that a call under ctx has waited for its provider.
func Waited(ctx context.Context, d time.Duration) {
	if w, _ := ctx.Value(waitsKey{}).(*Waits); w != nil && d > 0 {
		w.provider.Add(int64(d))
	}
}

// Provider is how long calls have waited for their provider, all together.
func (w *Waits) Provider() time.Duration { return time.Duration(w.provider.Load()) }

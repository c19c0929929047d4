package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// The more a run keeps, the less may stand beside it; and it is looked at after each collection.
func TestGarbageIsPaced(t *testing.T) {
	for _, tt := range []struct {
		bytes uint64
		want  int
	}{{0, seldom}, {little - 1, seldom}, {little, usual}, {much, often}, {1 << 40, often}} {
		if got := percentFor(tt.bytes); got != tt.want {
			t.Errorf("%d%% at %d bytes, want %d%%", got, tt.bytes, tt.want)
		}
	}
	before := debug.SetGCPercent(seldom)
	defer debug.SetGCPercent(before)
	watchGarbage(seldom)
	held := make([]byte, much+little)
	for range 10_000 { // a finalizer runs some time after its collection
		runtime.GC()
		if now := debug.SetGCPercent(often); now == often {
			return
		} else {
			debug.SetGCPercent(now)
		}
		runtime.Gosched()
	}
	runtime.KeepAlive(held)
	t.Error("the pace did not change")
}

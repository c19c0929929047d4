package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// What a run of a few thousand tasks keeps is small beside what it throws away, which costs it a tenth of its time: garbage is
// collected seldom. What one of a million keeps is not, and would be multiplied.
const (
	seldom = 300 // percent of what is kept, see [debug.SetGCPercent]
	usual  = 100
	often  = 40

	little = 64 << 20 // bytes that are kept
	much   = 256 << 20
)

// paceGarbage chooses between them after each collection, unless the environment has a word of its own.
func paceGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(seldom)
	watchGarbage(seldom)
}

// watchGarbage has an object of its own collected, to be called with each collection.
func watchGarbage(now int) {
	runtime.SetFinalizer(new([16]byte), func(*[16]byte) {
		percent := percentFor(inUse())
		if percent != now {
			debug.SetGCPercent(percent)
		}
		watchGarbage(percent)
	})
}

func percentFor(bytes uint64) int {
	switch {
	case bytes < little:
		return seldom
	case bytes < much:
		return usual
	}
	return often
}

// inUse is how many bytes the last collection found in use.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

package bpe

import (
	"runtime"
	"testing"
)

// BenchmarkLoad reports what the first use of a vocabulary costs, and the heap that stays.
func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"o200k_base", "cl100k_base"} {
		b.Run(name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var v *vocabulary
			for b.Loop() {
				var err error
				if v, err = loadVocabulary(name); err != nil {
					b.Fatal(err)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-heap")
			runtime.KeepAlive(v)
		})
	}
}

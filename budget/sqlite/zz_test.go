package sqlite

import (
	"io"
	"os"
	"runtime"
	"testing"
	"time"
)

func BenchmarkZZ(b *testing.B) {
	l := openWith(b, Options{synchronous: "OFF"})
	fillRuns(b, l, 1_000_000)
	for b.Loop() {
		began := time.Now()
		v, err := l.Verify(b.Context())
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.Log(v.Entries, v.Wrong, err, "verify", time.Since(began), "heap", m.HeapSys>>20)
		began = time.Now()
		_, err = l.Export(b.Context(), io.Discard, ExportOptions{})
		b.Log("export", time.Since(began), err)
		f, _ := os.Create(b.TempDir() + "/x")
		_, _ = l.Export(b.Context(), f, ExportOptions{})
		_, _ = f.Seek(0, 0)
		t := openNew(b)
		began = time.Now()
		n, err := t.Import(b.Context(), f)
		b.Log("import", n.Entries, time.Since(began), err)
		began = time.Now()
		_, err = l.Unconfirmed(b.Context(), 10)
		b.Log("unconfirmed", time.Since(began), err)
		break
	}
}

package count_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// A count that is given up is not remembered, whichever part it was in.
func TestCountThatIsGivenUp(t *testing.T) {
	why := errors.New("the run was aborted")
	aborted, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	long := strings.Repeat("These are words that nobody has counted. ", 20_000)
	schema := json.RawMessage(fmt.Sprintf(`{"description": %q}`, long))
	for name, r := range map[string]wire.Request{
		"message":   {Messages: wire.Prompt(long + "m")},
		"tool call": {Messages: []wire.Message{{Parts: []wire.Part{wire.CallPart(wire.ToolCall{Arguments: long + "c"})}}}},
		"tool":      {Tools: []wire.Tool{{Name: "f", Schema: schema}}},
		"schema":    {Schema: schema},
		"extra":     {Body: &wire.Body{Extra: []string{long + "e"}}},
	} {
		for _, model := range []string{"gpt-4o", "claude-sonnet-4-5"} {
			r.Model = model
			if n, err := count.OfContext(aborted, &r); !errors.Is(err, why) || n != (tokenizer.Count{}) {
				t.Errorf("%s, %s, given up: %+v, %v", name, model, n, err)
			}
			if n, err := count.OfContext(t.Context(), &r); err != nil || n != count.Afresh(&r) {
				t.Errorf("%s, %s, after that: %+v, %v, want %+v", name, model, n, err, count.Afresh(&r))
			}
		}
	}
}

// A thousand requests that are counted for the first time at once take little more than the requests.
func TestMemoryOfConcurrentCounts(t *testing.T) {
	const goroutines, most = 1000, 64 << 20
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(256))
	text := strings.Repeat("The budget holds what was spent, and no more. ", 1000)
	schema := json.RawMessage(fmt.Sprintf(`{"type": "object", "description": %q}`, strings.Repeat(text, 2)))
	for name, r := range map[string]wire.Request{
		"prompt":  {Messages: wire.Prompt(text)},
		"tool":    {Tools: []wire.Tool{{Name: "f", Schema: schema}}},
		"invalid": {Messages: wire.Prompt(strings.Repeat("\xff", 1<<16))},
	} {
		r.Model = "gpt-4o"
		peak := peakHeap(func() {
			var all sync.WaitGroup
			for range goroutines {
				all.Go(func() { count.Afresh(&r) })
			}
			all.Wait()
		})
		t.Logf("%s: %d KB", name, peak>>10)
		if peak > most {
			t.Errorf("%s: %d MB for %d counts", name, peak>>20, goroutines)
		}
	}
}

// peakHeap returns how many bytes more than before are on the heap while f runs, at the most: what is live, and a tenth
// for what is not yet collected.
func peakHeap(f func()) (peak uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before := stats.HeapAlloc
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		select {
		case <-done:
			return peak - min(peak, before)
		default:
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapAlloc)
			runtime.Gosched()
		}
	}
}

package tokenizer

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// countIn counts text in a published encoding.
func countIn(encoding, text string) int64 {
	n, _ := encoders[encoding]().count(context.Background(), text)
	return n
}

// What is counted portion by portion is what is counted at once.
func TestPortionsCountAsTheWhole(t *testing.T) {
	all := texttest.NewStrings(21)
	for range 300 {
		text := all.Next(400)
		for _, name := range published {
			checkPortions(t, encoders[name](), text)
		}
	}
}

func FuzzPortions(f *testing.F) {
	seeds(f)
	f.Add("it's a test \xff of it, I'm sure \n\n a b  c 's d /\n e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range published {
			checkPortions(t, encoders[name](), text)
		}
	})
}

func checkPortions(t *testing.T, e *encoder, text string) {
	t.Helper()
	m := newMemory()
	var whole profile
	tokens := e.countText(e.split, m, valid(text))
	e.addProfile(&whole, m, valid(text))
	var sum int64
	var parts profile
	for rest := text; rest != ""; {
		n := portion(rest, 3)
		sum += e.countText(e.split, m, valid(rest[:n]))
		e.addProfile(&parts, m, valid(rest[:n]))
		rest = rest[n:]
	}
	if sum != tokens || parts != whole {
		t.Errorf("%q: %d tokens in portions, %d at once; %+v, %+v", text, sum, tokens, parts, whole)
	}
}

// A count that nobody wants any more ends after little work, whatever the text: it is measured by the tokens that
// were found until then.
func TestCountingStopsWhenNobodyWantsTheCount(t *testing.T) {
	const most = 1 << 16
	done := make(chan struct{})
	close(done)
	for _, tt := range texttest.Long {
		for _, name := range published {
			e, m := encoders[name](), newMemory()
			m.done = done
			if n := e.countText(e.split, m, valid(tt.Text)); n > most {
				t.Errorf("%s, %s: went on for %d tokens", name, tt.Name, n)
			}
			var p profile
			e.addProfile(&p, m, valid(tt.Text))
			for kind, n := range p.tokens {
				if n > most {
					t.Errorf("%s, %s: went on for %d tokens of kind %d", name, tt.Name, n, kind)
				}
			}
		}
	}
}

func TestCountContext(t *testing.T) {
	why := errors.New("the run was aborted")
	for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "claude-opus-5", "gemini-2.5-pro", "house-7b"} {
		c := For(model)
		for _, tt := range texttest.Long {
			if n, err := c.CountContext(t.Context(), tt.Text); err != nil || n != c.Count(tt.Text) {
				t.Errorf("%s, %s: %+v, %v", model, tt.Name, n, err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(why)
			if n, err := c.CountContext(ctx, tt.Text); !errors.Is(err, why) || n != (Count{}) {
				t.Errorf("%s, %s, aborted: %+v, %v", model, tt.Name, n, err)
			}
		}
	}
}

// Who waits for a memory gives up when its context ends, and who has none to wait for gets the next one.
func TestWaitingForAMemory(t *testing.T) {
	s := newMemories()
	var taken []*memory
	for range cap(s.idle) {
		m, err := s.borrow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, m)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.borrow(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	got := make(chan *memory)
	go func() {
		m, _ := s.borrow(context.Background())
		got <- m
	}()
	s.giveBack(taken[0])
	if m := <-got; m != taken[0] {
		t.Error("another memory than the one that was given back")
	}
}

// A test with virtual time may be the first to count, and others go on.
func TestCountingInAndOutOfVirtualTime(t *testing.T) {
	for _, model := range []string{"gpt-4o", "gpt-4", "text-davinci-003", "davinci"} {
		synctest.Test(t, func(*testing.T) { For(model).Count("hello") })
		For(model).Count("hello")
	}
}

// A thousand goroutines that all count for the first time take what a few do, on a machine of many cores, too.
func TestMemoryOfConcurrentCounts(t *testing.T) {
	const goroutines, most = 1000, 64 << 20
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(256))
	for _, tt := range []texttest.Named{
		{Name: "prose", Text: strings.Repeat("The budget holds what was spent, and no more. ", 1000)},
		{Name: "one word", Text: texttest.Noise(1<<14, "abcdefghijklmnopqrstuvwxyz")},
		{Name: "not UTF-8", Text: strings.Repeat("\xff", 1<<16)},
	} {
		e := &encoder{o200kBase().vocabulary, o200kBase().split, newMemories()}
		peak := peakHeap(func() {
			var all sync.WaitGroup
			for range goroutines {
				all.Go(func() { _, _ = e.count(context.Background(), tt.Text) })
			}
			all.Wait()
		})
		t.Logf("%s: %d KB", tt.Name, peak>>10)
		if peak > most {
			t.Errorf("%s: %d MB for %d counts", tt.Name, peak>>20, goroutines)
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

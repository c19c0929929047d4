package bpe

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// What is counted portion by portion is what is counted at once.
func TestPortionsCountAsTheWhole(t *testing.T) {
	all := texttest.NewStrings(21)
	for range 300 {
		text := all.Next(400)
		for _, name := range published {
			checkPortions(t, encodings[name](), text)
		}
	}
}

func FuzzPortions(f *testing.F) {
	seeds(f)
	f.Add("it's a test \xff of it, I'm sure \n\n a b  c 's d /\n e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range published {
			checkPortions(t, encodings[name](), text)
		}
	})
}

func checkPortions(t *testing.T, e *Encoding, text string) {
	t.Helper()
	m := newMemory()
	tokens, whole := e.countText(e.split, m, valid(text)), e.pieces(m, valid(text))
	var sum int64
	var parts []piece
	for rest := text; rest != ""; {
		n := portion(rest, 3)
		sum += e.countText(e.split, m, valid(rest[:n]))
		parts = append(parts, e.pieces(m, valid(rest[:n]))...)
		rest = rest[n:]
	}
	if sum != tokens || !slices.Equal(parts, whole) {
		t.Errorf("%q: %d tokens in portions, %d at once; %v, %v", text, sum, tokens, parts, whole)
	}
	total := int64(0)
	for _, p := range whole {
		total += int64(p.tokens)
	}
	if total != tokens {
		t.Errorf("%q: pieces of %d tokens in all, counted %d", text, total, tokens)
	}
}

// piece is a piece of a text and its number of tokens.
type piece struct {
	text   string
	tokens int
}

func (e *Encoding) pieces(m *memory, b []byte) (all []piece) {
	e.visitPieces(m, b, func(some Pieces) {
		start := some.Start
		for k, end := range some.Ends {
			all = append(all, piece{string(some.Text[start:end]), some.Tokens(start, k)})
			start = end
		}
	})
	return all
}

// A count that nobody wants any more ends after little work, whatever the text: it is measured by the tokens that
// were found until then.
func TestCountingStopsWhenNobodyWantsTheCount(t *testing.T) {
	const most = 1 << 16
	done := make(chan struct{})
	close(done)
	for _, tt := range texttest.Long {
		for _, name := range published {
			e, m := encodings[name](), newMemory()
			m.done = done
			if n := e.countText(e.split, m, valid(tt.Text)); n > most {
				t.Errorf("%s, %s: went on for %d tokens", name, tt.Name, n)
			}
			tokens := 0
			for _, p := range e.pieces(m, valid(tt.Text)) {
				tokens += p.tokens
			}
			if tokens > most {
				t.Errorf("%s, %s: pieces went on for %d tokens", name, tt.Name, tokens)
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

// A thousand goroutines that all count for the first time take what a few do, on a machine of many cores, too.
func TestMemoryOfConcurrentCounts(t *testing.T) {
	const goroutines, most = 1000, 64 << 20
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(256))
	for _, tt := range []texttest.Named{
		{Name: "prose", Text: strings.Repeat("The budget holds what was spent, and no more. ", 1000)},
		{Name: "one word", Text: texttest.Noise(1<<14, "abcdefghijklmnopqrstuvwxyz")},
		{Name: "not UTF-8", Text: strings.Repeat("\xff", 1<<16)},
	} {
		e := &Encoding{O200kBase().vocabulary, O200kBase().split, newMemories()}
		peak := peakHeap(func() {
			var all sync.WaitGroup
			for range goroutines {
				all.Go(func() { _, _ = e.Count(context.Background(), tt.Text) })
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

package bpe

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// hard is what makes tokenizers slow: pieces as long as the text, and text that no cache and no vocabulary knows.
var hard = []struct {
	name string
	make func(size int) string
}{
	{"one letter", repeat("a")},
	{"spaces", repeat(" ")},
	{"newlines", repeat("\n")},
	{"dashes", repeat("-")},
	{"one han", repeat("漢")},
	{"spaces and newlines", repeat(" \n")},
	{"marks", repeat("\u0301")},
	{"special tokens", repeat("<|endoftext|>")},
	{"letters in turn", repeat("abcdefghijklmnopqrstuvwxyz")},
	{"random letters", corpus("letters")},
	{"random han", corpus("han")},
	{"base64", corpus("base64")},
	{"random characters", func(size int) string {
		rng := rand.New(rand.NewPCG(3, 3))
		var b strings.Builder
		for b.Len() < size {
			b.WriteRune(texttest.AnyRune(rng))
		}
		return b.String()
	}},
	{"invalid bytes", repeat("\xff")},
	// Tokens begin like these in many lengths, and go on like them in few.
	{"slashes and stars", random("/*", 1)},
	{"slashes and dashes", random("/-", 1)},
	{"stars and dashes", random("*-", 1)},
	{"equals and dashes", random("=-", 1)},
	{"wide spaces", random(" \u3000", 1)},
	{"spaces and tabs", random(" \t", 1)},
	{"runs of spaces and tabs", random(" \t", 80)},
	{"runs of slashes and stars", random("/*", 40)},
	{"two letters", random("aS", 1)},
	{"slashes both ways", random("/\\", 1)},
}

func repeat(s string) func(size int) string {
	return func(size int) string { return strings.Repeat(s, size/len(s)) }
}

func corpus(name string) func(size int) string {
	i := slices.IndexFunc(texttest.Corpora, func(c texttest.Corpus) bool { return c.Name == name })
	return texttest.Corpora[i].Text
}

// random draws letters, each up to most times in a row.
func random(alphabet string, most int) func(size int) string {
	return func(size int) string {
		rng, letters := rand.New(rand.NewPCG(6, 6)), []rune(alphabet)
		var b strings.Builder
		for b.Len() < size {
			letter := letters[rng.IntN(len(letters))]
			b.WriteString(strings.Repeat(string(letter), 1+rng.IntN(most)))
		}
		return b.String()
	}
}

// BenchmarkHard reports the time for 100 KB of each, and how much longer ten times as much takes.
func BenchmarkHard(b *testing.B) {
	for _, h := range hard {
		b.Run(h.name, func(b *testing.B) {
			short, long := h.make(100_000), h.make(1_000_000)
			var one, ten []float64
			for b.Loop() {
				one = append(one, seconds(func() { countIn("o200k_base", short) }))
				ten = append(ten, seconds(func() { countIn("o200k_base", long) }))
			}
			b.ReportMetric(median(one)*1e3, "ms/100KB")
			b.ReportMetric(median(ten)/median(one), "x-for-10x")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// The work on a piece grows with its length and no faster: the encoder tries each place at most a few times.
func TestHardInputsEndInBoundedSteps(t *testing.T) {
	for _, h := range hard {
		text := h.make(100_000)
		start := time.Now()
		for _, name := range published {
			tokens := encoded(name, text)
			if n := countIn(name, text); n != int64(len(tokens)) || n == 0 {
				t.Errorf("%s, %s: %d tokens, counted %d", name, h.name, len(tokens), n)
			}
		}
		t.Logf("%s: %v", h.name, time.Since(start))
	}
}

// BenchmarkGoroutines reports how much more two goroutines count than one in the same time, and how much more adding up
// numbers they get done on the same machine, which is what can be had.
func BenchmarkGoroutines(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("needs two cores: -cpu 2")
	}
	texts := []string{texttest.Corpora[0].Text(400_000), texttest.Corpora[1].Text(400_000)}
	count := func() {
		for _, s := range texts {
			countIn("o200k_base", s)
		}
	}
	var counting, adding scaling
	for b.Loop() {
		counting.measure(count)
		adding.measure(add)
	}
	b.ReportMetric(counting.times(), "x")
	b.ReportMetric(adding.times(), "x-adding")
	b.ReportMetric(0, "ns/op")
}

// scaling is how many seconds one goroutine took alone, and two at the same time for twice the work.
type scaling struct{ alone, together []float64 }

// measure runs f untimed first: whoever comes after other work would pay for the caches, and flatter the next.
func (s *scaling) measure(f func()) {
	twice(f)
	for range 3 {
		s.alone = append(s.alone, seconds(f))
		s.together = append(s.together, seconds(func() { twice(f) }))
	}
}

func (s *scaling) times() float64 { return 2 * median(s.alone) / median(s.together) }

// twice runs f in two goroutines at the same time.
func twice(f func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Go(f)
	wg.Wait()
}

// add keeps a core busy for some milliseconds, without memory.
func add() {
	sum := uint64(1)
	for i := range uint64(5_000_000) {
		sum = bits.RotateLeft64(sum, 5) ^ i
	}
	sink.Store(sum)
}

var sink atomic.Uint64

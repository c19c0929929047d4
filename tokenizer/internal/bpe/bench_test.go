package bpe

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// tiktokenGo is the library that this package is compared with.
var tiktokenGo = sync.OnceValue(func() *tiktoken.Tiktoken {
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	t, err := tiktoken.GetEncoding("o200k_base")
	if err != nil {
		panic(err)
	}
	return t
})

// BenchmarkAgainstTiktokenGo reports, for each corpus, the speed in MB/s warm and with the cache off, and how many
// times that of tiktoken-go both are: medians of turns taken in one run. Its last line has the geometric means of
// those times over the texttest.Corpora that requests are mostly made of. Real files can be named in the environment
// variable CORPUS, separated by colons.
func BenchmarkAgainstTiktokenGo(b *testing.B) {
	var warm, cold []float64
	for _, c := range benchCorpora(b) {
		b.Run(c.Name, func(b *testing.B) {
			t := takeTurns(b, c.Text)
			b.ReportMetric(t.mb/median(t.ours), "MB/s")
			b.ReportMetric(t.mb/median(t.off), "MB/s-uncached")
			reportTimes(b, median(t.theirs)/median(t.ours), median(t.theirs)/median(t.off))
			if slices.Contains([]string{"english", "code", "json", "minified", "markdown"}, c.Name) {
				warm = append(warm, median(t.theirs)/median(t.ours))
				cold = append(cold, median(t.theirs)/median(t.off))
			}
		})
	}
	if len(warm) > 1 {
		b.Run("mean", func(b *testing.B) { reportTimes(b, geometricMean(warm), geometricMean(cold)) })
	}
}

// turns are how many seconds counting a text took, warm, with the cache off, and by tiktoken-go.
type turns struct {
	mb                float64 // of text
	ours, off, theirs []float64
}

func takeTurns(b *testing.B, text string) turns {
	const least = 7
	e, theirs := O200kBase(), tiktokenGo()
	bytes, warm, cold := []byte(text), newMemory(), new(memory)
	e.countText(e.split, warm, bytes)
	t := turns{mb: float64(len(text)) / 1e6}
	for b.Loop() {
		for range least {
			if len(t.theirs) < least {
				t.theirs = append(t.theirs, seconds(func() { theirs.Encode(text, nil, nil) }))
			}
			for range 5 {
				t.off = append(t.off, seconds(func() { e.countText(e.split, cold, bytes) }))
				t.ours = append(t.ours, seconds(func() { e.countText(e.split, warm, bytes) }))
			}
		}
	}
	return t
}

func reportTimes(b *testing.B, warm, cold float64) {
	b.ReportMetric(warm, "x")
	b.ReportMetric(cold, "x-uncached")
	b.ReportMetric(0, "ns/op")
}

func geometricMean(s []float64) float64 {
	sum := 0.0
	for _, x := range s {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(s)))
}

func benchCorpora(tb testing.TB) (all []texttest.Named) {
	for _, c := range texttest.Corpora[:9] {
		all = append(all, texttest.Named{Name: c.Name, Text: c.Text(400_000)})
	}
	for i, path := range filepath.SplitList(os.Getenv("CORPUS")) {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, texttest.Named{Name: fmt.Sprint("file", i), Text: strings.ToValidUTF8(string(text[:min(len(text), 400_000)]), "")})
	}
	return all
}

func seconds(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

func median(s []float64) float64 {
	slices.Sort(s)
	return s[len(s)/2]
}

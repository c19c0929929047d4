package tokenizer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
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
// times that of tiktoken-go both are: medians of turns taken in one run. Real files can be named in the
// environment variable CORPUS, separated by colons.
func BenchmarkAgainstTiktokenGo(b *testing.B) {
	for _, c := range benchCorpora(b) {
		b.Run(c.name, func(b *testing.B) {
			v, s := o200kBase().vocabulary, o200kBase().split
			warm, cold := newMemory(), new(memory)
			text := []byte(c.text)
			var ours, off, theirs []float64
			for b.Loop() {
				if len(theirs) < 5 {
					theirs = append(theirs, seconds(func() { tiktokenGo().Encode(c.text, nil, nil) }))
				}
				for range 10 {
					off = append(off, seconds(func() { v.countText(s, cold, text) }))
					ours = append(ours, seconds(func() { v.countText(s, warm, text) }))
				}
			}
			mb := float64(len(text)) / 1e6
			b.ReportMetric(mb/median(ours), "MB/s")
			b.ReportMetric(mb/median(off), "MB/s-uncached")
			b.ReportMetric(median(theirs)/median(ours), "x")
			b.ReportMetric(median(theirs)/median(off), "x-uncached")
			b.ReportMetric(0, "ns/op")
		})
	}
}

type named struct{ name, text string }

func benchCorpora(tb testing.TB) (all []named) {
	for _, c := range corpora[:9] {
		all = append(all, named{c.name, c.text(400_000)})
	}
	for i, path := range filepath.SplitList(os.Getenv("CORPUS")) {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, named{fmt.Sprint("file", i), strings.ToValidUTF8(string(text[:min(len(text), 400_000)]), "")})
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

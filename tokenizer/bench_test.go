package tokenizer

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/tokenizer/internal/texttest"
)

// BenchmarkCount reports how fast a warm counter is, exact and as an estimate.
func BenchmarkCount(b *testing.B) {
	for _, model := range []string{"gpt-4o", "claude-opus-5"} {
		for _, corpus := range texttest.Corpora[:9] {
			b.Run(model+"/"+corpus.Name, func(b *testing.B) {
				c, text := For(model), corpus.Text(400_000)
				c.Count(text)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					c.Count(text)
				}
			})
		}
	}
}

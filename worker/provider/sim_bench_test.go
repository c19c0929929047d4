package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pkoukk/tiktoken-go"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/tokenizer"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// BenchmarkSim measures calls without latency. Every call is another request, as in a file of tasks.
func BenchmarkSim(b *testing.B) {
	encodings() // loaded before the clock starts
	text := strings.Repeat("\n\n"+harbour, 4)
	for _, bench := range []struct {
		name   string
		prompt string
		stream bool
		cap    int64
		tokens func(model, text string) int64
	}{
		{"line", "", false, 0, nil},
		{"text", text, false, 0, nil},
		{"capped", text, false, 50, nil},
		{"stream", text, true, 0, nil},
		{"tokenized", text, false, 0, countText},
		{"tokenized capped", text, false, 50, countText},
	} {
		b.Run(fmt.Sprintf("%s/%dB", bench.name, 20+len(bench.prompt)), func(b *testing.B) {
			sim := provider.NewSim(provider.SimConfig{Seed: 1, Tokens: bench.tokens})
			req := &wire.Request{
				Model: tiktoken.MODEL_O200K_BASE, MaxOutput: bench.cap,
				Count: &wire.Count{Model: tiktoken.MODEL_O200K_BASE, Count: tokenizer.Count{Tokens: 300}}, // the chain has counted already
			}
			if bench.stream {
				req.OnDelta = func(wire.Delta) {}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				req.Messages = wire.Prompt(fmt.Sprintf("Summarise text %d.%s", i, bench.prompt))
				if _, err := sim.Generate(context.Background(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

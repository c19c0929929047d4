package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/worker/provider"
)

// BenchmarkSim measures calls without latency. Every call is another request, as in a file of tasks.
func BenchmarkSim(b *testing.B) {
	text := strings.Repeat("\n\n"+harbour, 4)
	for _, bench := range []struct {
		name   string
		prompt string
		stream bool
		cap    int64
	}{
		{"line", "", false, 0},
		{"text", text, false, 0},
		{"capped", text, false, 50},
		{"stream", text, true, 0},
	} {
		b.Run(fmt.Sprintf("%s/%dB", bench.name, 20+len(bench.prompt)), func(b *testing.B) {
			sim := provider.NewSim(provider.SimConfig{Seed: 1})
			req := &wire.Request{Model: "small", MaxOutput: bench.cap}
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

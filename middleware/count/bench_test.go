package count_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/middleware/count"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/middleware/wire/openai"
	"github.com/orchestrate-go/orchestrate/tokenizer"
)

// BenchmarkRequest counts a 40 KB agent request of 20 tools and 30 messages, parsed afresh from JSON for each
// turn as the door does (outside the clock), and reports medians in microseconds:
//
//	first  in a new process, whose vocabulary is loaded and which has counted nothing else
//	new    a conversation that was not met before, in a process that has counted others
//	again  the same once more
//	grown  the same with one message more
//	parse  reading the body, for comparison
//
// and how many times less than first again and grown are.
func BenchmarkRequest(b *testing.B) {
	for _, model := range []string{"gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro"} {
		b.Run(model, func(b *testing.B) { benchmarkRequest(b, model) })
	}
}

func benchmarkRequest(b *testing.B, model string) {
	body, err := openai.Format.Encode(agentRequest(b, model))
	if err != nil {
		b.Fatal(err)
	}
	var first, fresh, again, grown, parse []float64
	for range 9 {
		first = append(first, firstCount(b, model))
	}
	for turn := 0; b.Loop(); turn++ {
		var r *wire.Request
		parse = append(parse, micros(func() { r = mustParse(b, body) }))
		memo := count.NewMemo()
		fresh = append(fresh, micros(func() { memo.Count(r) }))
		r = mustParse(b, body)
		again = append(again, micros(func() { memo.Count(r) }))
		r = mustParse(b, body)
		r.Messages = append(r.Messages, wire.Text(wire.User, fmt.Sprintf(
			"Look at turn %d again: the hold was resolved twice, once by the sweep and once when the books were opened.", turn)))
		grown = append(grown, micros(func() { memo.Count(r) }))
	}
	b.ReportMetric(median(first), "µs-first")
	b.ReportMetric(median(fresh), "µs-new")
	b.ReportMetric(median(again), "µs-again")
	b.ReportMetric(median(grown), "µs-grown")
	b.ReportMetric(median(parse), "µs-parse")
	b.ReportMetric(median(first)/median(again), "x-again")
	b.ReportMetric(median(first)/median(grown), "x-grown")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkKnownRequest(b *testing.B) {
	r := agentRequest(b, "gpt-4o")
	b.ReportAllocs()
	for b.Loop() {
		count.Of(r)
	}
}

func mustParse(tb testing.TB, body []byte) *wire.Request {
	r, err := openai.Format.Parse(body)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func micros(f func()) float64 {
	start := time.Now()
	f()
	return float64(time.Since(start).Nanoseconds()) / 1e3
}

func median(s []float64) float64 {
	slices.Sort(s)
	return s[len(s)/2]
}

// firstModel is in the environment of a process that is to count for this model, once.
const firstModel = "WIRE_FIRST_COUNT"

// firstCount returns the microseconds of the first count of a process of its own.
func firstCount(b *testing.B, model string) (took float64) {
	child := exec.Command(os.Args[0], "-test.run=^TestFirstCount$", "-test.v")
	child.Env = append(os.Environ(), firstModel+"="+model)
	out, err := child.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	_, figure, _ := strings.Cut(string(out), "first count: ")
	if _, err := fmt.Sscan(figure, &took); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return took
}

// TestFirstCount is the process that firstCount starts.
func TestFirstCount(t *testing.T) {
	model := os.Getenv(firstModel)
	if model == "" {
		t.Skip("for BenchmarkRequest only")
	}
	r := agentRequest(t, model)
	tokenizer.For(model).Count("hello") // loads the vocabulary
	t.Logf("first count: %f", micros(func() { count.Of(r) }))
}

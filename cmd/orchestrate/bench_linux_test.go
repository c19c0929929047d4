package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// BenchmarkRun runs simulated tasks of no latency through the whole command, process start and durable
// books included. It reports tasks per second and the process's peak memory; both should be linear in the
// number of tasks. Run it with -benchtime 1x.
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("tasks=%d", n), func(b *testing.B) { benchRun(b, n) })
	}
}

const benchConfig = `
[budget]
total_budget_limit = "500M"
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
concurrency = 64
[providers.practice]
kind = "sim"
latency = "0s"
[prices."gpt-4o-mini"]
input = "0.15"
output = "0.60"
`

func benchRun(b *testing.B, n int) {
	var seconds float64
	var peak int64
	for b.Loop() {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "orchestrate.toml"), []byte(benchConfig), 0o600); err != nil {
			b.Fatal(err)
		}
		writeTasks(b, filepath.Join(dir, "tasks.jsonl"), n)
		c := exec.Command("orchestrate", "run", "tasks.jsonl", "--out", "out.jsonl", "--progress", "off")
		c.Dir, c.Stderr = dir, os.Stderr
		before := b.Elapsed()
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
		seconds += (b.Elapsed() - before).Seconds()
		peak = max(peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(float64(n)*float64(b.N)/seconds, "tasks/s")
	b.ReportMetric(float64(peak)/1024, "peak-MB")
	b.ReportMetric(float64(peak)*1024/float64(n), "peak-B/task")
}

func writeTasks(b *testing.B, name string, n int) {
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	for i := range n {
		fmt.Fprintf(w, "{\"id\": \"t%d\", \"prompt\": \"Write a line about number %d and the sea\"}\n", i, i)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkColdStatus is budget status as a person calls it, process start included, on the books of runs of
// some size; in turn with a program that does nothing. It reports the medians.
//
//	go test ./cmd/orchestrate -run xxx -bench ColdStatus -benchtime 40x
func BenchmarkColdStatus(b *testing.B) {
	dir := b.TempDir()
	binary, nothing := filepath.Join(dir, "orchestrate"), filepath.Join(dir, "nothing")
	empty := filepath.Join(dir, "main.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{{"build", "-o", binary, "."}, {"build", "-o", nothing, empty}} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			b.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	for _, tasks := range []int{1_000, 30_000} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) {
			project := b.TempDir()
			writeBenchProject(b, project, tasks)
			timeProcess(b, project, binary, "run", "tasks.jsonl", "--out", "out.jsonl", "--progress", "off")
			var idle, status []time.Duration
			for b.Loop() {
				idle = append(idle, timeProcess(b, project, nothing))
				status = append(status, timeProcess(b, project, binary, "budget", "status"))
			}
			slices.Sort(idle)
			slices.Sort(status)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(idle[len(idle)/2].Seconds()*1000, "nothing-ms")
			b.ReportMetric(status[len(status)/2].Seconds()*1000, "status-ms")
		})
	}
}

func writeBenchProject(b *testing.B, dir string, tasks int) {
	b.Helper()
	var lines strings.Builder
	for i := range tasks {
		fmt.Fprintf(&lines, "{\"id\":\"t%d\",\"prompt\":\"Say something about %d.\"}\n", i, i)
	}
	config := fmt.Sprintf(ledgerBenchConfig, time.Duration(0))
	for name, text := range map[string]string{"orchestrate.toml": config, "tasks.jsonl": lines.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

func timeProcess(b *testing.B, dir, binary string, args ...string) time.Duration {
	b.Helper()
	c := exec.Command(binary, args...)
	c.Dir = dir
	began := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
	return time.Since(began)
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// TestRunWaits: with --wait a second run says once whom it waits for, and begins when that has ended.
func TestRunWaits(t *testing.T) {
	t.Parallel()
	g, first, dir := beginGated(t, 3)
	second := command(t, dir, first.Env, "run", "tasks.jsonl", "--wait", "--progress", "json").begin(true)
	line := second.waitFor("waiting for", 1)
	if want := fmt.Sprintf(`^waiting for process %d since \S+ \(run \S+\) \(Ctrl-C ends the wait\)\n$`, first.Process.Pid); !regexp.MustCompile(want).MatchString(line) {
		t.Errorf("it says %q", line)
	}
	close(g.answers)
	if code := first.end(); code != exitDone {
		t.Errorf("the first ended with %d: %s", code, first.err.String())
	}
	second.waitFor(`"event":"ended"`, 1)
	if code := second.end(); code != exitDone {
		t.Errorf("the second ended with %d: %s", code, second.err.String())
	}
	if n := len(regexp.MustCompile("waiting for").FindAllString(second.err.String(), -1)); n != 1 {
		t.Errorf("it said so %d times", n)
	}
	wantTotal(t, dir, map[string]string{"held": "0", "settled": strconv.Itoa(6 * gateUsed)})
}

// TestAWaitingRunReadsTheFilesAgain: what "budget set" wrote and what came into the task file while it waited counts.
func TestAWaitingRunReadsTheFilesAgain(t *testing.T) {
	t.Parallel()
	g, first, dir := beginGated(t, 3)
	second := command(t, dir, first.Env, "run", "tasks.jsonl", "--wait", "--progress", "json").begin(true)
	second.waitFor("waiting for", 1)
	command(t, dir, nil, "budget", "set", fmt.Sprintf("total_budget_limit=%d", 3*gateUsed)).run(exitDone)
	if err := os.WriteFile(filepath.Join(dir, "tasks.jsonl"), []byte(manyTasks(4)), 0o644); err != nil {
		t.Fatal(err)
	}
	close(g.answers)
	if code := first.end(); code != exitDone {
		t.Errorf("the first ended with %d: %s", code, first.err.String())
	}
	want(t, second.waitFor(`"event":"ended"`, 1), map[string]string{
		"ended.deferred": "4", "budget.settled": strconv.Itoa(3 * gateUsed), "run_budget.settled": "0",
	})
	if code := second.end(); code != exitDeferred {
		t.Errorf("the second ended with %d: %s", code, second.err.String())
	}
}

// TestASignalEndsTheWait: nothing was run, and the first run goes on.
func TestASignalEndsTheWait(t *testing.T) {
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			g, first, dir := beginGated(t, 2)
			second := command(t, dir, first.Env, "run", "tasks.jsonl", "--wait", "--out", "second.jsonl").begin(true)
			second.waitFor("waiting for", 1)
			second.signal(tt.signal)
			second.waitFor("orchestrate: stopped waiting; nothing was run", 1)
			if code := second.end(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if _, err := os.Stat(dir + "/second.jsonl"); err == nil {
				t.Error("it made a results file")
			}
			close(g.answers)
			if code := first.end(); code != exitDone {
				t.Errorf("the first ended with %d", code)
			}
		})
	}
}

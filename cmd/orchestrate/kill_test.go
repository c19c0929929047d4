//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

var (
	killSeed  = flag.Uint64("kill.seed", 1, "seed of TestKillNine; a failure prints the one that replays it")
	killCount = flag.Int("kill.count", 20, "how often TestKillNine kills the run; a soak is 200")
)

// TestKillNine kills the program with SIGKILL at random moments of one long simulated run, resumes it each
// time, and audits the books in between (audit.check). In the end every task is done. The soak:
//
//	go test ./cmd/orchestrate -run TestKillNine -kill.count 200 -timeout 30m
func TestKillNine(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "orchestrate")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	seed, kills := *killSeed, *killCount
	v := newVictim(t, binary, kills*killPace)
	a := newAudit(t, v.ledger())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("replay: go test ./cmd/orchestrate -run TestKillNine -kill.seed %d -kill.count %d", seed, kills)
		}
	})
	r := rand.New(rand.NewPCG(seed, 9))
	killed := 0
	for killed < kills && !t.Failed() {
		if !v.round(r, a) {
			break // it ended before it could be killed
		}
		killed++
		a.check(killed)
	}
	if t.Failed() {
		return
	}
	if killed < kills {
		t.Fatalf("the run ended after %d kills: give it more tasks", killed)
	}
	if code := v.finish(a); code != 0 {
		t.Errorf("the run that nobody killed ended with exit code %d:\n%s", code, v.stderr.String())
	}
	a.checkEnd(v.tasks)
	t.Logf("%d kills: %d results acknowledged, %d holds recovered", killed, len(a.printed), a.recovered)
}

// killPace is how many tasks a round does on average before it is killed, less what is done while it dies.
const killPace = 60

const killConfig = `
[budget]
total_budget_limit = "100M"
max_tokens_per_task = "100k"
max_tokens_per_worker = "50M"

[retry]
attempts = 12 # an error rate of 20% leaves no task without an answer
initial = "1ms"
max = "4ms"

[providers.practice]
kind = "sim"
latency = "4ms"
jitter = "3ms"
error_rate = 0.2

[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
concurrency = 12

[[workers]]
name = "critic"
provider = "practice"
model = "gpt-4o"
concurrency = 4

[prices."gpt-4o-mini"]
input = "0.15"
output = "0.60"
`

// victim is a project whose run is killed and resumed.
type victim struct {
	t           *testing.T
	dir, binary string
	tasks       int
	stderr      bytes.Buffer // of the last round
}

func newVictim(t *testing.T, binary string, tasks int) *victim {
	v := &victim{t: t, dir: t.TempDir(), binary: binary, tasks: tasks}
	var file strings.Builder
	for i := range tasks {
		fmt.Fprintf(&file, "[[task]]\nid = \"t%d\"\nprompt = \"Say something about %d.\"\n", i, i)
		if i >= 40 && i%3 == 0 {
			fmt.Fprintf(&file, "depends_on = [\"t%d\", \"t%d\"]\n", i-40, i-23)
		}
		if i%10 == 0 {
			file.WriteString("priority = \"high\"\n")
		}
	}
	for name, text := range map[string]string{"orchestrate.toml": killConfig, "tasks.toml": file.String()} {
		if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func (v *victim) ledger() string { return filepath.Join(v.dir, project.StateDir, "ledger.db") }

// start begins the run or goes on with it. Lines of results go to a's notes; after gets a call for each new
// one.
func (v *victim) start(a *audit, after func()) (*exec.Cmd, *sync.WaitGroup) {
	args := []string{"run", "tasks.toml", "--progress", "json"}
	if a.begun() {
		args = append(args, "--resume")
	}
	c := exec.Command(v.binary, args...)
	c.Dir = v.dir
	stdout, err1 := c.StdoutPipe()
	stderr, err2 := c.StderrPipe()
	if err := firstOf(err1, err2, c.Start()); err != nil {
		v.t.Fatal(err)
	}
	v.stderr.Reset()
	var readers sync.WaitGroup
	readers.Go(func() { eachLine(stdout, func(line []byte) { a.result(line, after) }) })
	readers.Go(func() {
		eachLine(stderr, func(line []byte) {
			v.stderr.Write(append(line, '\n'))
			a.progress(line)
		})
	})
	return c, &readers
}

// round runs until a moment that r chooses and kills the process. It reports false if that ended first.
func (v *victim) round(r *rand.Rand, a *audit) (killed bool) {
	lines, pause := 1+r.IntN(2*killPace), time.Duration(r.IntN(3000))*time.Microsecond
	if r.IntN(4) == 0 { // while it starts: opens the books, recovers, reads tasks
		lines, pause = 0, time.Duration(r.IntN(60))*time.Millisecond
	}
	enough := make(chan struct{})
	seen := 0
	c, readers := v.start(a, func() {
		if seen++; seen == lines {
			close(enough)
		}
	})
	ended := make(chan struct{})
	go func() { readers.Wait(); close(ended) }()
	if lines > 0 {
		select {
		case <-enough:
		case <-ended:
		}
	}
	time.Sleep(pause) // the moment of the kill: nothing waits for it
	_ = c.Process.Kill()
	<-ended
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code >= 0 && code != 0 {
		v.t.Errorf("it ended by itself with exit code %d:\n%s", code, v.stderr.String())
	}
	return c.ProcessState.ExitCode() < 0
}

// finish lets the run go on to its end.
func (v *victim) finish(a *audit) (code int) {
	c, readers := v.start(a, func() {})
	readers.Wait()
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

// eachLine calls do with every whole line: half of one acknowledges nothing.
func eachLine(from io.Reader, do func([]byte)) {
	in := bufio.NewReaderSize(from, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		do(bytes.TrimSuffix(line, []byte("\n")))
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// recoverBooks opens the books as the next owner does, and returns how many holds are open then.
func recoverBooks(t *testing.T, path string) int {
	ledger, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	if _, err := budget.Open(t.Context(), budget.Config{Ledger: ledger, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	state, err := ledger.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(state.Open)
}

// printedResult is a line of results as it was printed.
func printedResult(line []byte) (r orchestrator.Result, err error) {
	err = json.Unmarshal(line, &r)
	return r, err
}

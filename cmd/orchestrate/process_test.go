package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for a process before it gives up. No test depends on it passing.
const patience = 3 * time.Minute

// writeProject makes a directory with a configuration and a task file, tasks.jsonl.
func writeProject(t *testing.T, config, tasks string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"orchestrate.toml": config, "tasks.jsonl": tasks} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// manyTasks are n lines of a task file, t1 to tn.
func manyTasks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\": \"t%d\", \"prompt\": \"Count to %d.\"}\n", i+1, i+1)
	}
	return b.String()
}

// process is the command, run in a directory of its own.
type process struct {
	*exec.Cmd
	t      *testing.T
	out    bytes.Buffer // standard output
	err    bytes.Buffer // standard error
	follow *bufio.Reader
}

// command prepares the command line args in dir. The environment is that of the test with env added.
func command(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("orchestrate", args...), t: t}
	p.Dir, p.Stdout, p.Stderr = dir, &p.out, &p.err
	p.Env = append(os.Environ(), env...)
	return p
}

// begin starts the process. With lines, its standard error is read with [process.waitFor].
func (p *process) begin(lines bool) *process {
	p.t.Helper()
	if lines {
		p.Stderr = nil
		pipe, err := p.StderrPipe()
		if err != nil {
			p.t.Fatal(err)
		}
		p.follow = bufio.NewReader(io.TeeReader(pipe, &p.err))
	}
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	watchdog := time.AfterFunc(patience, func() { _ = p.Process.Kill() })
	p.t.Cleanup(func() {
		watchdog.Stop()
		_ = p.Process.Kill() // does nothing to a process that was waited for
	})
	return p
}

// waitFor reads standard error up to a line that contains text n times over, and returns the last.
func (p *process) waitFor(text string, n int) string {
	p.t.Helper()
	for {
		line, err := p.follow.ReadString('\n')
		if strings.Contains(line, text) {
			if n--; n == 0 {
				return line
			}
		}
		if err != nil {
			p.t.Fatalf("waiting for %q: %v\n%s", text, err, p.err.String())
		}
	}
}

// end waits for the process and returns its exit code; -1 is death by a signal.
func (p *process) end() int {
	p.t.Helper()
	if p.follow != nil {
		_, _ = io.Copy(io.Discard, p.follow)
	}
	err := p.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// run runs the process to its end, which must come with this exit code, and returns its standard output.
func (p *process) run(code int) string {
	p.t.Helper()
	if got := p.begin(false).end(); got != code {
		p.t.Fatalf("%v: exit code %d, want %d\nstdout: %sstderr: %s", p.Args, got, code, p.out.String(), p.err.String())
	}
	return p.out.String()
}

// want compares values in JSON; see [lookUp].
func want(t *testing.T, text string, values map[string]string) {
	t.Helper()
	document, err := decodeAll(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for path, value := range values {
		if got := lookUp(document, path); got != value {
			t.Errorf("%s is %s, want %s", path, got, value)
		}
	}
}

// valueOf returns one value in JSON.
func valueOf(t *testing.T, text, path string) string {
	t.Helper()
	document, err := decodeAll(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return lookUp(document, path)
}

// wantTotal compares the counters of the total scope of the books in dir.
func wantTotal(t *testing.T, dir string, values map[string]string) {
	t.Helper()
	status := command(t, dir, nil, "budget", "status", "--json").run(0)
	scoped := make(map[string]string)
	for key, value := range values {
		scoped["scopes.scope=total."+key] = value
	}
	want(t, status, scoped)
}

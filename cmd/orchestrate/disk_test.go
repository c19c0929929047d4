package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/budgettest"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/budget/sqlite/disktest"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

const faultTasks = 80

const faultConfig = `
[budget]
total_budget_limit = "1M"
[providers.practice]
kind = "sim"
latency = "1ms"
[[workers]]
name = "writer"
provider = "practice"
model = "gpt-4o-mini"
concurrency = 8
`

// faultProject writes a project into dir.
func faultProject(t *testing.T, dir string) {
	t.Helper()
	var tasks strings.Builder
	for i := range faultTasks {
		fmt.Fprintf(&tasks, "[[task]]\nid = \"t%d\"\nprompt = \"Say something about %d.\"\n", i, i)
	}
	for name, text := range map[string]string{"orchestrate.toml": faultConfig, "tasks.toml": tasks.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// runIn runs the tasks of the project in dir, or resumes them, and returns the exit code, what was printed to
// standard error, and the results by task. Each line of results passes through see.
func runIn(t *testing.T, dir string, see func(), resume ...string) (code int, stderr string, results map[string]string) {
	t.Helper()
	var out, err bytes.Buffer
	args := append([]string{"run", filepath.Join(dir, "tasks.toml"), "--progress", "plain"}, resume...)
	code = Main(t.Context(), args, stdio{in: strings.NewReader(""), out: &watchedWriter{&out, see}, err: &err})
	results = make(map[string]string)
	for line := range strings.Lines(out.String()) {
		r, err := orchestrator.DecodeResult([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if r.Outcome == orchestrator.Done {
			results[r.ID] = strings.TrimSpace(line)
		}
	}
	return code, err.String(), results
}

// watchedWriter calls see after each write.
type watchedWriter struct {
	*bytes.Buffer
	see func()
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	w.see()
	return n, err
}

// TestRunOnFailingDisk: a disk that fails in the middle of a run ends it in good order, with the reason. Every
// result that was printed is in the books, and on a disk that works the run goes on without paying twice.
func TestRunOnFailingDisk(t *testing.T) {
	for _, test := range []struct {
		name  string
		op    disktest.Op
		fault disktest.Fault
		want  string
	}{
		{"full", disktest.Write, disktest.Full, "database or disk is full"},
		{"write", disktest.Write, disktest.FailedWrite, "disk I/O error"},
		{"fsync", disktest.Sync, disktest.FailedSync, "disk I/O error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			disk := disktest.New(t)
			faultProject(t, disk.Dir)
			results := 0
			code, stderr, printed := runIn(t, disk.Dir, func() {
				if results++; results == 20 {
					disk.FailOp(test.op, test.fault)
				}
			})
			if code != exitFailed || !strings.Contains(stderr, test.want) || !strings.Contains(stderr, "--resume=") {
				t.Errorf("exit code %d, want %d and %q with the way to go on:\n%s", code, exitFailed, test.want, stderr)
			}
			if len(printed) < 20 || len(printed) == faultTasks {
				t.Errorf("%d tasks are done: the run did not stop in the middle", len(printed))
			}
			disk.Fail(nil)
			checkPrinted(t, disk.Dir, printed)

			code, stderr, all := runIn(t, disk.Dir, func() {}, "--resume")
			if code != exitDone || len(all) != faultTasks {
				t.Errorf("resumed: exit code %d, %d tasks done:\n%s", code, len(all), stderr)
			}
			for id, line := range printed {
				if all[id] != line {
					t.Errorf("task %s was done again:\n%s\n%s", id, line, all[id])
				}
			}
			checkPrinted(t, disk.Dir, all)
		})
	}
}

// checkPrinted checks the books of the project in dir, and that they hold the results.
func checkPrinted(t *testing.T, dir string, printed map[string]string) {
	t.Helper()
	ledger, err := sqlite.OpenReader(t.Context(), filepath.Join(dir, project.StateDir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	state, err := ledger.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := budgettest.ReadAll(t.Context(), ledger)
	if err != nil {
		t.Fatal(err)
	}
	budgettest.Check(t, state, budget.Limits{budget.Total: budget.TokenLimit(1_000_000)}, entries)
	kept := make(map[string]string)
	for _, e := range entries {
		if e.Op == budget.OpResult {
			kept[e.TaskID()] = string(e.Result)
		}
	}
	for id, line := range printed {
		if kept[id] != line {
			t.Errorf("task %s:\nprinted %s\nbooked  %s", id, line, kept[id])
		}
	}
}

// TestLedgerDeletedDuringRun: the run stops instead of writing books that nobody will find.
func TestLedgerDeletedDuringRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be deleted")
	}
	dir := t.TempDir()
	faultProject(t, dir)
	ledger := filepath.Join(dir, project.StateDir, "ledger.db")
	results := 0
	code, stderr, printed := runIn(t, dir, func() {
		if results++; results == 20 {
			if err := os.Remove(ledger); err != nil {
				t.Error(err)
			}
		}
	})
	if code != exitFailed || !strings.Contains(stderr, ledger+" was deleted, moved or replaced") {
		t.Errorf("exit code %d, want %d and the reason:\n%s", code, exitFailed, stderr)
	}
	if len(printed) == faultTasks {
		t.Error("all tasks are done: the run did not stop")
	}
}

// TestDamagedLedger: a page of the books is noise; every command says so and none panics.
func TestDamagedLedger(t *testing.T) {
	dir := t.TempDir()
	faultProject(t, dir)
	if code, stderr, _ := runIn(t, dir, func() {}); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	file, err := os.OpenFile(filepath.Join(dir, project.StateDir, "ledger.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	noise := bytes.Repeat([]byte{0xa5}, 4096)
	for offset := int64(4096); offset < info.Size(); offset += 4096 { // all but the first: it stays a database
		if _, err := file.WriteAt(noise, offset); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "orchestrate.toml")
	for _, args := range [][]string{
		{"budget", "status"}, {"report"}, {"budget", "reset"}, {"run", filepath.Join(dir, "tasks.toml")},
		{"run", "--resume"},
	} {
		var out, stderr bytes.Buffer
		code := Main(t.Context(), append(args, "--config", config), stdio{strings.NewReader(""), &out, &stderr})
		if code == exitDone || !strings.Contains(stderr.String(), "ledger.db is damaged: put a copy") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr.String())
		}
	}
}

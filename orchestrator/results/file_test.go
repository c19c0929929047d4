package results

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// resultAt is a result of task id in run r, which ended at that second.
func resultAt(id string, second int) orchestrator.Result {
	at := time.Unix(int64(second), 0).UTC()
	return orchestrator.Result{ID: id, Outcome: orchestrator.Done, Output: fmt.Sprint(id, second), Started: at, Ended: at, Run: "r"}
}

// line is a result as it stands in a file.
func line(t *testing.T, result orchestrator.Result) string {
	t.Helper()
	var out bytes.Buffer
	r, err := Open(Destination{}, &out)
	if err = errors.Join(err, r.Write(result)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What stands in the file when a run goes on, and what when it has written a result of task b. Nothing that was
// paid for is ever lost, and nothing that is no results file is touched.
func TestARunGoesOnInItsResultsFile(t *testing.T) {
	a, b := line(t, resultAt("a", 1)), line(t, resultAt("b", 2))
	other := strings.Replace(a, `"run":"r"`, `"run":"q"`, 1)
	for _, tc := range []struct {
		name, before, after string
		force, onlyOne      bool
		err                 string
	}{
		{name: "empty", before: "", after: b},
		{name: "whole lines", before: a, after: a + b},
		{name: "what it would write is there", before: a + b, after: a + b},
		{name: "an earlier line of the task", before: line(t, resultAt("b", 1)), after: line(t, resultAt("b", 1)) + b},
		{name: "it was there, and then another", before: b + line(t, resultAt("b", 1)), after: b + line(t, resultAt("b", 1)) + b},
		{name: "a torn last line", before: a + b[:len(b)/2], after: a + b},
		{name: "a torn first line", before: b[:len(b)/2], after: b},
		{name: "three bytes of the first line", before: b[:3], after: b},
		{name: "only the line end is missing", before: strings.TrimSuffix(a, "\n"), after: a + b},
		{name: "room that was never filled", before: a + strings.Repeat("\x00", 5000), after: a + b},
		{name: "half a line and room", before: a + b[:20] + "\x00\x00\x00", after: a + b},
		{name: "nothing but room", before: "\x00\x00\x00", after: b},
		{name: "a torn line in the middle", before: a[:20] + "\n" + a, after: a[:20] + "\n" + a + b},
		{name: "a torn line and an empty one", before: a + b[:20] + "\n\n", after: a + b[:20] + "\n\n" + b},
		{name: "nothing but a torn line that was ended", before: a[:30] + "\n", after: a[:30] + "\n" + b},
		{name: "torn in an id with a quote", before: a + `{"id":"x\"`, after: a + b},
		{name: "a note at the end", before: a + "my own note", after: a + "my own note\n" + b},
		{name: "some lines of another run", before: other + a, after: other + a + b},
		{name: "force", before: a, after: a + b, force: true},
		{name: "force and a torn line", before: a + b[:9], after: a + b, force: true},

		{name: "another run's", before: other, after: other, err: "has results, and none of run r"},
		{name: "another run's and force", before: other, after: b, force: true},
		{name: "another run's, the only copy, and force", before: other, after: other, force: true, onlyOne: true, err: "outputs are nowhere else"},
		{name: "a configuration", before: "[budget]\n", after: "[budget]\n", force: true, err: "it is no results file"},
		{name: "a text without an end", before: "notes", after: "notes", force: true, err: "it is no results file"},
		{name: "one task without a line end", before: `{"id":"a","prompt":"p"}`, after: `{"id":"a","prompt":"p"}`, force: true, err: "it is no results file"},
		{name: "half a task", before: `{"id":"a","prompt":"p`, after: `{"id":"a","prompt":"p`, force: true, err: "it is no results file"},
		{name: "an empty object", before: "{}", after: "{}", err: "it is no results file"},
		{name: "tasks", before: "{\"id\":\"a\",\"prompt\":\"p\"}\n", after: "{\"id\":\"a\",\"prompt\":\"p\"}\n", force: true, err: "it is no results file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.jsonl")
			if err := os.WriteFile(path, []byte(tc.before), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Open(Destination{Path: path, Run: "r", Resumed: true, Force: tc.force, OnlyCopy: tc.onlyOne}, nil)
			if err == nil {
				err = errors.Join(r.Begin(), r.Write(resultAt("b", 2)), r.Close())
			}
			if text := fmt.Sprint(err); (err != nil) != (tc.err != "") || !strings.Contains(text, tc.err) {
				t.Errorf("err = %v, want %q", err, tc.err)
			}
			if got, _ := os.ReadFile(path); string(got) != tc.after {
				t.Errorf("the file is\n%q, want\n%q", got, tc.after)
			}
		})
	}
}

// A new run replaces results only when it is told to, not before it begins, and never the only copy.
func TestANewRunAndAFileThatIsThere(t *testing.T) {
	a, b := line(t, resultAt("a", 1)), line(t, resultAt("b", 2))
	path := filepath.Join(t.TempDir(), "out.jsonl")
	for _, tc := range []struct {
		name   string
		to     Destination
		err    string
		after  string
		before string
	}{
		{name: "an empty file", after: b},
		{"not told", Destination{}, "exists and is not replaced", a, a},
		{"the only copy", Destination{Force: true, OnlyCopy: true}, "outputs are nowhere else", a, a},
		{"told", Destination{Force: true}, "", b, a},
	} {
		if err := os.WriteFile(path, []byte(tc.before), 0o600); err != nil {
			t.Fatal(err)
		}
		tc.to.Path, tc.to.Run = path, "new"
		r, err := Open(tc.to, nil)
		if text := fmt.Sprint(err); (err != nil) != (tc.err != "") || !strings.Contains(text, tc.err) {
			t.Errorf("%s: err = %v, want %q", tc.name, err, tc.err)
		}
		if got, _ := os.ReadFile(path); string(got) != tc.before {
			t.Errorf("%s: before the run begins the file is %q", tc.name, got)
		}
		if err == nil {
			if err := errors.Join(r.Begin(), r.Write(resultAt("b", 2)), r.Close()); err != nil {
				t.Error(err)
			}
		}
		if got, _ := os.ReadFile(path); string(got) != tc.after {
			t.Errorf("%s: the file is %q", tc.name, got)
		}
	}
}

// What somebody does to the file while it is written: all results are in a file afterwards, that file is told, and
// a stranger's file is as it was.
func TestAResultsFileThatSomebodyTouches(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be deleted")
	}
	for _, tc := range []struct {
		name  string
		touch func(path string) error
		where string // of all results, beside the path
		warn  string
		err   string
	}{
		{"nothing", func(string) error { return nil }, "", "", ""},
		{"deleted", os.Remove, "", "was deleted during the run", ""},
		{"its directory deleted", func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, "", "was deleted during the run", ""},
		{"moved away", func(path string) error { return os.Rename(path, path+".old") }, "", "was deleted during the run", ""},
		{"replaced", func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("mine"), 0o600))
		}, ".r", "was replaced during the run", ""},
		{"added to", func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("note\n")
			return errors.Join(err, f.Close())
		}, "", "", ""},
		{"cut", func(path string) error { return os.Truncate(path, 0) }, "", "", "was cut by somebody else"},
	} {
		for _, atEnd := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, at the end %v", tc.name, atEnd), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "d", "out.jsonl")
				if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				warned := ""
				r, err := Open(Destination{Path: path, Run: "r", Warn: func(m string) { warned += m }}, nil)
				if err != nil {
					t.Fatal(err)
				}
				err = r.Write(resultAt("a", 1))
				if atEnd {
					err = errors.Join(err, r.Write(resultAt("b", 2)))
				}
				if err = errors.Join(err, tc.touch(path)); err != nil {
					t.Fatal(err)
				}
				if !atEnd {
					_, err = r.Keep(resultAt("b", 2))
				}
				err = errors.Join(err, r.Close())
				if tc.err != "" {
					if err == nil || !strings.Contains(err.Error(), tc.err) {
						t.Errorf("err = %v", err)
					}
					return
				}
				if err != nil || (warned == "") != (tc.warn == "") || !strings.Contains(warned, tc.warn) {
					t.Errorf("err = %v, warned %q", err, warned)
				}
				list, err := Read(path+tc.where, "r")
				if err != nil || len(list) != 2 || list[0].Output != "a1" || list[1].Output != "b2" {
					t.Errorf("%s has %+v, %v", path+tc.where, list, err)
				}
				if mine, err := os.ReadFile(path); tc.where != "" && (err != nil || string(mine) != "mine") {
					t.Errorf("the stranger's file is %q, %v", mine, err)
				}
			})
		}
	}
}

// Many goroutines keep results at once: each line is whole, there once, and durable when Keep returns.
func TestResultsAreKeptByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.jsonl")
	r, err := Open(Destination{Path: path, Run: "r"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			result := resultAt(fmt.Sprint("t", i), i)
			where, err := r.Keep(result)
			if err = errors.Join(err, r.Write(result)); err != nil || where != path { // the result is handed on again
				t.Error(where, err)
			}
			list, err := Read(path, "r")
			if err != nil || !slices.ContainsFunc(list, func(r orchestrator.Result) bool { return r.ID == result.ID }) {
				t.Errorf("%s is not there: %v", result.ID, err)
			}
		})
	}
	all.Wait()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if list, err := Read(path, "r"); err != nil || len(list) != 64 {
		t.Errorf("%d lines, %v", len(list), err)
	}
}

// Keep hands nothing on that is not durable: where the file cannot be synced after the line was written, it says so, and no
// further line is taken for kept.
func TestKeepSyncs(t *testing.T) {
	r, err := Open(Destination{Path: filepath.Join(t.TempDir(), "out.jsonl"), Run: "r"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Keep(resultAt("a", 1)); err != nil || r.synced != r.size || r.size == 0 {
		t.Errorf("%d of %d bytes are synced, %v", r.synced, r.size, err)
	}
	r.w = closesAfter{r.file}
	for _, id := range []string{"b", "c"} {
		if _, err := r.Keep(resultAt(id, 2)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: err = %v", id, err)
		}
	}
}

// closesAfter is a file that closes when it was written to: its sync fails.
type closesAfter struct{ *os.File }

func (c closesAfter) Write(p []byte) (int, error) {
	n, err := c.File.Write(p)
	return n, errors.Join(err, c.Close())
}

package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/orchestrate-go/orchestrate/worker"
)

// newRepository is one with a commit that has a file "a"; the project is in its directory "sub".
func newRepository(t *testing.T) (project string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	root := t.TempDir()
	project = filepath.Join(root, "sub")
	if err := os.Mkdir(project, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, "a"), []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=master"}, {"add", "--all"}, {"commit", "--quiet", "-m", "first"}} {
		ask(t, root, args...)
	}
	return project
}

func ask(t *testing.T, dir string, args ...string) string {
	t.Helper()
	text, err := git{dir}.run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// files are those at the end of a task's branch.
func files(t *testing.T, dir, task string) string {
	return strings.ReplaceAll(ask(t, dir, "ls-tree", "-r", "--name-only", "--full-tree", BranchOf("run", task)), "\n", " ")
}

func TestWorktrees(t *testing.T) {
	project := newRepository(t)
	work := func(play, id, prompt string, upstream ...string) error {
		w := newWorker(t, Config{Command: childCommand(t, play), Dir: project, Workspace: Worktree, Run: "run"})
		_, err := w.Work(t.Context(), worker.Task{ID: id, Prompt: prompt, DependsOn: upstream})
		if left, _ := os.ReadDir(filepath.Join(w.State, "run")); len(left) > 0 {
			t.Errorf("task %s leaves a worktree: %v", id, left)
		}
		return err
	}
	for _, tc := range []struct{ id, writes, upstream, want string }{
		{"plan", "b", "", "sub/a sub/b"},
		{"api", "c", "plan", "sub/a sub/b sub/c"},
		{"docs", "d", "plan", "sub/a sub/b sub/d"},
		{"release", "e", "api docs", "sub/a sub/b sub/c sub/d sub/e"},
		{"beside", "f", "no-such-branch", "sub/a sub/f"},
		{"plan", "g", "", "sub/a sub/g"}, // done again
	} {
		if err := work("write", tc.id, tc.writes, strings.Fields(tc.upstream)...); err != nil {
			t.Fatal(err)
		}
		if got := files(t, project, tc.id); got != tc.want {
			t.Errorf("the branch of %s has %s, want %s", tc.id, got, tc.want)
		}
	}
	if err := work("cat", "reads", "c", "api"); err != nil { // it works in the project's own directory
		t.Error(err)
	}
	if err := work("cat", "fails", "no-such-file", "api"); err == nil || files(t, project, "fails") != "sub/a sub/b sub/c" {
		t.Error("a command that failed has no branch")
	}
	if got := ask(t, project, "worktree", "list", "--porcelain"); strings.Count(got, "worktree ") != 1 {
		t.Errorf("worktrees are left:\n%s", got)
	}
	if got := ask(t, project, "status", "--porcelain"); got != "" {
		t.Errorf("the project has changed:\n%s", got)
	}
}

func TestWorktreesThatDoNotMerge(t *testing.T) {
	project := newRepository(t)
	c := Config{Command: childCommand(t, "cat"), Dir: project, Workspace: Worktree, Run: "run"}
	for _, id := range []string{"one", "two"} {
		ask(t, project, "checkout", "--quiet", "-b", BranchOf("run", id), "master")
		if err := os.WriteFile(filepath.Join(project, "a"), []byte(id), 0o600); err != nil {
			t.Fatal(err)
		}
		ask(t, project, "commit", "--quiet", "--all", "-m", id)
	}
	w := newWorker(t, c)
	_, err := w.Work(t.Context(), worker.Task{ID: "three", Prompt: "a", DependsOn: []string{"one", "two"}})
	if err == nil || !strings.Contains(err.Error(), "do not merge") || !strings.Contains(err.Error(), "CONFLICT") {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(w.State, "run")); len(left) > 0 {
		t.Errorf("a worktree is left: %v", left)
	}
}

func TestWorktreesAtOnce(t *testing.T) {
	project := newRepository(t)
	w := newWorker(t, Config{Command: childCommand(t, "write"), Dir: project, Workspace: Worktree, Run: "run"})
	var all sync.WaitGroup
	for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
		all.Go(func() {
			if _, err := w.Work(t.Context(), worker.Task{ID: id, Prompt: "of-" + id}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := files(t, project, "6"); got != "sub/a sub/of-6" {
		t.Errorf("the branch of 6 has %s", got)
	}
}

func TestWithoutARepository(t *testing.T) {
	w := newWorker(t, Config{Command: childCommand(t, "say"), Workspace: Worktree, Run: "run"})
	if _, err := w.Work(t.Context(), worker.Task{ID: "a"}); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("%v", err)
	}
}

func TestDirectories(t *testing.T) {
	w := newWorker(t, Config{Command: childCommand(t, "write"), Workspace: Directory, Run: "run"})
	for _, file := range []string{"one", "two"} {
		if _, err := w.Work(t.Context(), worker.Task{ID: "a/b", Prompt: file}); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(w.dirOf("a/b"))
	if err != nil || len(left) != 1 || left[0].Name() != "two" {
		t.Errorf("%v, %v: it stays, and is fresh for the next attempt", left, err)
	}
}

func TestPlainNames(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{
		"plan", "plan-2", "v1.2", "a b", "a-b", "a/b", "../..", "..", ".", ".git", "-rf", "x.lock", "a..b", "", "日本語", strings.Repeat("n", 300), "a\x00b", "@{x}", "x.",
	} {
		plain := plainName(name)
		if other, twice := seen[plain]; twice {
			t.Errorf("%q and %q are both %q", name, other, plain)
		}
		seen[plain] = name
		if err := exec.Command("git", "check-ref-format", "--branch", BranchOf("run", name)).Run(); err != nil || filepath.Base(plain) != plain {
			t.Errorf("%q becomes %q: %v", name, plain, err)
		}
	}
	if plainName("plan-2") != "plan-2" {
		t.Error("a plain name changes")
	}
}

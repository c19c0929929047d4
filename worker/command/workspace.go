package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/worker"
)

// place is where an attempt works.
type place struct {
	dir   string
	leave func(context.Context) error // takes in what was left there
}

// enter makes the workspace of a task, as an attempt finds it: fresh, unless it is the project's own directory.
func (w *Worker) enter(ctx context.Context, t worker.Task) (place, error) {
	switch w.Workspace {
	case Directory:
		return w.enterDirectory(t)
	case Worktree:
		return w.enterWorktree(ctx, t)
	}
	return place{dir: w.Dir, leave: func(context.Context) error { return nil }}, nil
}

func (w *Worker) enterDirectory(t worker.Task) (place, error) {
	dir := w.dirOf(t.ID)
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return place{}, fmt.Errorf("make the workspace of task %s: %w", t.ID, err)
	}
	return place{dir: dir, leave: func(context.Context) error { return nil }}, nil
}

// dirOf is where the workspace of a task is.
func (w *Worker) dirOf(id string) string {
	return filepath.Join(w.State, plainName(w.Run), plainName(id))
}

// BranchOf names the branch on which a task of a run works.
func BranchOf(run, task string) string {
	return "orchestrate/" + plainName(run) + "/" + plainName(task)
}

// plainName is a name that files and branches may have: name itself, or what can be kept of it with a digest of all of it.
func plainName(name string) string {
	const most = 80
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, name)
	odd := plain == "" || strings.HasPrefix(plain, "-") || strings.HasPrefix(plain, ".") || strings.HasSuffix(plain, ".") ||
		strings.HasSuffix(plain, ".lock") || strings.Contains(plain, "..")
	if plain == name && len(name) <= most && !odd {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	plain = strings.ReplaceAll(strings.Trim(plain[:min(len(plain), most)], "-."), "..", "-")
	return strings.TrimLeft(plain+"-"+hex.EncodeToString(sum[:5]), "-")
}

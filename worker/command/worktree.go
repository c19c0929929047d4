package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/orchestrate-go/orchestrate/worker"
)

// A task works on a branch of its own, which begins where its upstream tasks' branches end, or else at the HEAD of the
// project. What the command leaves uncommitted is committed, then the worktree is removed; the branch stays:
//
//	HEAD ──▶ orchestrate/RUN/plan ──┬──▶ orchestrate/RUN/api ──┐
//	                                └──▶ orchestrate/RUN/docs ─┴─ merged ─▶ orchestrate/RUN/release

// worktrees guards the list of worktrees, which git itself does not lock.
var worktrees sync.Mutex

func (w *Worker) enterWorktree(ctx context.Context, t worker.Task) (place, error) {
	p, err := w.addWorktree(ctx, t)
	if err != nil {
		return place{}, fmt.Errorf("make the worktree of task %s: %w", t.ID, err)
	}
	return p, nil
}

func (w *Worker) addWorktree(ctx context.Context, t worker.Task) (place, error) {
	repository := git{dir: w.Dir}
	prefix, err := repository.run(ctx, "rev-parse", "--show-prefix") // of the project within its repository
	if err != nil {
		return place{}, err
	}
	dir, bases := w.dirOf(t.ID), w.bases(ctx, repository, t)
	if err := repository.addWorktree(ctx, dir, BranchOf(w.Run, t.ID), bases[0]); err != nil {
		return place{}, err
	}
	tree := git{dir: dir}
	remove := func(ctx context.Context) error { return repository.removeWorktree(ctx, dir) }
	for _, base := range bases[1:] {
		if _, err := tree.run(ctx, "merge", "--no-edit", "--no-verify", base); err != nil {
			err = fmt.Errorf("the branches of its upstream tasks do not merge (let one depend on the other): %w", err)
			return place{}, errors.Join(err, remove(context.WithoutCancel(ctx)))
		}
	}
	work := filepath.Join(dir, filepath.FromSlash(prefix))
	if err := os.MkdirAll(work, 0o755); err != nil { // a project that is not committed yet
		return place{}, errors.Join(err, remove(context.WithoutCancel(ctx)))
	}
	return place{dir: work, leave: func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := tree.commitAll(ctx, "Work of task "+t.ID); err != nil {
			return fmt.Errorf("commit the work of task %s, which stays in %s: %w", t.ID, dir, err)
		}
		return remove(ctx)
	}}, nil
}

// bases are the branches that t starts from: those of its upstream tasks that have one, else the HEAD.
func (w *Worker) bases(ctx context.Context, repository git, t worker.Task) (bases []string) {
	for _, id := range t.DependsOn {
		branch := "refs/heads/" + BranchOf(w.Run, id)
		if _, err := repository.run(ctx, "rev-parse", "--verify", "--quiet", branch); err == nil {
			bases = append(bases, branch)
		}
	}
	if bases == nil {
		bases = []string{"HEAD"}
	}
	return bases
}

package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// git runs the git command in a directory.
type git struct{ dir string }

// run returns what git writes, without the end of the line. Hooks and signatures are left to people.
func (g git) run(ctx context.Context, args ...string) (string, error) {
	always := []string{
		"-c", "user.name=orchestrate", "-c", "user.email=orchestrate@localhost", "-c", "commit.gpgSign=false",
		"-c", "core.hooksPath=" + os.DevNull, "-c", "gc.auto=0",
	}
	cmd := exec.CommandContext(ctx, "git", append(always, args...)...)
	cmd.Dir = g.dir
	for name, value := range passed(os.Environ(), nil) { // GIT_DIR and its like would mean another repository
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	text := strings.TrimSuffix(out.String(), "\n")
	if err == nil {
		return text, nil
	}
	said := strings.TrimSpace(errs.String())
	if said == "" {
		said = strings.TrimSpace(text) // merge says it there
	}
	if errors.As(err, new(*exec.ExitError)) && said != "" {
		return text, fmt.Errorf("git %s: %s", args[0], strings.Join(strings.Fields(shorten(said, 300)), " "))
	}
	return text, fmt.Errorf("git %s: %w", args[0], err)
}

// addWorktree checks out a branch at dir that begins at base. What an earlier attempt left there, or a process that
// died, is given up.
func (g git) addWorktree(ctx context.Context, dir, branch, base string) error {
	worktrees.Lock()
	defer worktrees.Unlock()
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if _, err := g.run(ctx, "worktree", "prune"); err != nil {
		return err
	}
	_, err := g.run(ctx, "worktree", "add", "--quiet", "-B", branch, dir, base)
	return err
}

// removeWorktree removes what addWorktree made, but for the branch.
func (g git) removeWorktree(ctx context.Context, dir string) error {
	worktrees.Lock()
	defer worktrees.Unlock()
	_, err := g.run(ctx, "worktree", "remove", "--force", dir)
	return err
}

// commitAll commits whatever differs from the last commit, if anything does.
func (g git) commitAll(ctx context.Context, message string) error {
	if _, err := g.run(ctx, "add", "--all"); err != nil {
		return err
	}
	if _, err := g.run(ctx, "diff", "--cached", "--quiet"); err == nil {
		return nil
	}
	_, err := g.run(ctx, "commit", "--quiet", "--no-verify", "--message", message)
	return err
}

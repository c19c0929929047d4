package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// detachedLog takes what a run that is detached would write to a terminal, in the directory of the books.
const detachedLog = "detached.log"

// How often and how long is looked whether a run that was detached is going.
const (
	detachLook = 50 * time.Millisecond
	detachWait = 30 * time.Second
)

// addDetach gives a command the flag, and what the process that it begins is told.
func addDetach(c *cobra.Command, r *runFlags) {
	c.Flags().BoolVar(&r.detach, "detach", false, "run in the background, also when this terminal goes; watch looks at it, pause holds it")
	c.Flags().BoolVar(&r.detached, "detached", false, "")
	_ = c.Flags().MarkHidden("detached")
}

// detach begins the run in a process of its own, in a session of its own, and returns once that has the books.
func detach(ctx context.Context, p *project.Project, file string, std stdio) error {
	if file == project.Stdin {
		return usage(errors.New("a run that is detached cannot read standard input: write the tasks to a file"))
	}
	logged, err := openDetachedLog(p)
	if err != nil {
		return err
	}
	defer logged.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(a string) bool { return strings.HasPrefix(a, "--detach") })
	child := exec.Command(self, append(args, "--detached")...) //nolint:gosec,noctx // itself, and it outlives this process
	child.Stdout, child.Stderr, child.SysProcAttr = logged, logged, ownSession()
	if err := child.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	return began(ctx, p, child.Process.Pid, ended, logged.Name(), std)
}

func openDetachedLog(p *project.Project) (*os.File, error) {
	dir := filepath.Dir(p.LedgerPath())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(dir, detachedLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// began waits until the process has the books, or has ended, and says so.
func began(ctx context.Context, p *project.Project, pid int, ended <-chan error, log string, std stdio) error {
	tick := time.NewTicker(detachLook)
	defer tick.Stop()
	late := time.After(detachWait)
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("the run ended at once (%w): see the end of %s", err, log)
			}
			_, err = fmt.Fprintf(std.out, "the run has ended already; its log is %s\n", log)
			return err
		case <-tick.C:
			if o := p.Owner(); o != nil && o.PID == pid && o.Control != "" {
				_, err := fmt.Fprintf(std.out, "run %s goes on as process %d; its log is %s\n  %s watch\n  %s pause\n", o.Run, pid, log, program(), program())
				return err
			}
		case <-late:
			_, err := fmt.Fprintf(std.out, "process %d is still beginning the run; its log is %s\n", pid, log)
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

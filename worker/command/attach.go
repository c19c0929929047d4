package command

import (
	"context"
	"errors"
	"io"
	"os/exec"

	"github.com/orchestrate-go/orchestrate/worker"
)

// Streams are those of a command that somebody runs by hand. Files are handed on as they are.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	// Terminal says that a person talks to the command there. It then shares its caller's process group, as job
	// control wants it: keys reach both, and only the command itself is stopped, not what it started.
	Terminal bool
}

// Attached is how a command ended that was run by hand.
type Attached struct {
	Status int // of its exit: 128 and the signal's number where one ended it
	Passed Passed
}

// Attach runs the command, without a prompt, with its caller's streams. The error says that it did not run; that it failed is in its status.
func (w *Worker) Attach(ctx context.Context, t worker.Task, std Streams) (a Attached, err error) {
	endpoint, err := w.Endpoint(ctx, t)
	if err != nil {
		return a, err
	}
	closed := false
	end := func() {
		if !closed {
			closed, a.Passed = true, endpoint.Close()
		}
	}
	defer end()
	s, err := w.settle(t, w.Dir, endpoint)
	if err != nil {
		return a, err
	}
	defer s.leave()
	cmd, err := w.command(s, Stdin)
	if err != nil {
		return a, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = std.In, std.Out, std.Err
	c, err := start(cmd, !std.Terminal, w.Grace)
	if err != nil {
		return a, err
	}
	err = c.wait(ctx, endpoint.Ended)
	end()
	if exit, failed := errors.AsType[*exec.ExitError](err); failed {
		a.Status, err = status(exit), nil
	}
	return a, err
}

// Program is the command that starts the agent of a preset for a person.
func (p Preset) Program() []string { return agents[p].command[:1] }

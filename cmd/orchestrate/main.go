// Command orchestrate runs a file of LLM tasks under a token budget, and keeps the books.
//
// Each subcommand is one file; this one and project.go wire them to the packages that do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // [budget] time_zone works on machines without zone files

	"github.com/orchestrate-go/orchestrate/orchestrator/escape"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// The exit codes, in order of precedence.
const (
	exitDone     = 0
	exitUsage    = 2 // the command line, the configuration or the task file is wrong
	exitProvider = 4 // no provider could be reached or authorised
	exitFailed   = 1 // a task failed or is exhausted, or the run could not go on
	exitDeferred = 3 // the budget ran out and tasks are deferred
)

func main() {
	paceGarbage()
	os.Exit(Main(context.Background(), os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// stdio is what a command reads and writes.
type stdio struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // progress, logs, errors
}

// watched remembers that a write failed, so that no command has to: what was asked for and could not be
// written is a failure.
type watched struct {
	io.Writer
	err error
}

// Unwrap returns what is written to.
func (w *watched) Unwrap() io.Writer { return w.Writer }

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// exitError is an error with the exit code that belongs to it. A nil err prints nothing more.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks err as the user's to mend.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// failure marks err as the world's, unless it is the user's or marked.
func failure(err error) error {
	switch {
	case err == nil || errors.As(err, new(*exitError)):
		return err
	case errors.As(err, new(*project.UsageError)):
		return usage(err)
	}
	return &exitError{exitFailed, err}
}

// Main runs the command line args and returns the exit code.
func Main(ctx context.Context, args []string, std stdio) int {
	out := &watched{Writer: &escape.Writer{W: std.out}}
	std.out, std.err = out, &escape.Writer{W: std.err}
	root := newRoot(std)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = failure(out.err)
	}
	var exit *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintln(std.err, "orchestrate:", explained(err))
		}
		return exit.code
	default: // cobra's own errors are about the command line, or came from writing
		fmt.Fprintln(std.err, "orchestrate:", err)
		if out.err != nil {
			return exitFailed
		}
		return exitUsage
	}
}

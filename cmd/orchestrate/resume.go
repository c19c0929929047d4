package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// checkResume refuses an empty --resume=, which is a script's variable that is not set and no wish for a new run.
func checkResume(c *cobra.Command) error {
	if flag := c.Flags().Lookup("resume"); flag.Changed && flag.Value.String() == "" {
		return usage(errors.New("--resume= names no run (--resume alone goes on with the last one)"))
	}
	return nil
}

// resumption is a run to go on with.
type resumption struct {
	run     sqlite.Run
	tasks   []worker.Task
	earlier map[string]orchestrator.Result // finished, by task
	last    map[string]bool                // tasks to begin after the others; see [orchestrator.Options]
}

// findRun finds the run with that id, or the newest one for [lastRun], with its tasks and what it finished.
// An empty file is the run's own.
func (p *project) findRun(ctx context.Context, books *sqlite.Ledger, id, file string, std stdio) (r resumption, err error) {
	runs, err := books.Runs(ctx)
	if err != nil {
		return r, err
	}
	if id == lastRun && slices.ContainsFunc(runs, func(r sqlite.Run) bool { return r.ID == file }) {
		id, file = file, "" // "--resume RUN", which the flag cannot take without "="
	}
	if r.run, err = pickRun(runs, id, file); err != nil {
		return r, usage(fmt.Errorf("%s: %w%s", p.ledgerPath(), err, p.otherBooks()))
	}
	if file == "" {
		file = r.run.TaskFile
		if file == stdinFile {
			return r, usage(fmt.Errorf("run %s read its tasks from standard input: give them again (orchestrate run - --resume=%s)", r.run.ID, r.run.ID))
		}
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return r, usage(fmt.Errorf("the task file of run %s is no longer at %s: say where it is (orchestrate run FILE --resume=%s)", r.run.ID, file, r.run.ID))
		}
	}
	if r.tasks, err = p.loadTasks(file, std); err != nil {
		return r, err
	}
	if now := digest(file); now != r.run.Digest {
		fmt.Fprintf(std.err, "warning: %s has changed since run %s began; tasks that it finished are kept\n", file, r.run.ID)
		r.run.Digest = now
	}
	r.run.TaskFile = absolute(file)
	if r.earlier, err = finished(ctx, books, r.run.ID); err == nil {
		r.last, err = forbidden(ctx, books, r.run.ID)
	}
	return r, err
}

var errNoRun = errors.New("there is no run yet (start one: orchestrate run tasks.toml)")

// pickRun returns the run with that id or, for [lastRun], the newest of this project (of that task file, if one is given).
func pickRun(runs []sqlite.Run, id, file string) (sqlite.Run, error) {
	for _, r := range runs {
		if r.ID == id || (id == lastRun && !r.Imported && (file == "" || isFileOf(r, file))) {
			return r, nil
		}
	}
	if id == lastRun {
		return sqlite.Run{}, errNoRun
	}
	return sqlite.Run{}, fmt.Errorf("there is no run %s (orchestrate report --all --by run lists them)", id)
}

// isFileOf reports whether file is the task file of a run: the same path or, where a project was moved, the
// same content.
func isFileOf(r sqlite.Run, file string) bool {
	return r.TaskFile == absolute(file) || (r.Digest != "" && r.Digest == digest(file))
}

// finished returns the results of a run's tasks that are done.
func finished(ctx context.Context, ledger *sqlite.Ledger, run string) (map[string]orchestrator.Result, error) {
	done := make(map[string]orchestrator.Result)
	for entry, err := range ledger.Results(ctx, run) {
		if err != nil {
			return nil, err
		}
		result, err := orchestrator.DecodeResult(entry.Result)
		if err != nil {
			return nil, fmt.Errorf("the books hold a result of task %s that cannot be read: %w", entry.TaskID(), err)
		}
		if result.Outcome == orchestrator.Done {
			done[result.ID] = result
		}
	}
	return done, nil
}

// forbidden returns the tasks of a run that ended with a 403 of which nobody knows whom it means.
func forbidden(ctx context.Context, ledger *sqlite.Ledger, run string) (map[string]bool, error) {
	tasks := make(map[string]bool)
	for entry, err := range ledger.Results(ctx, run) {
		if err != nil {
			return nil, err
		}
		if result, err := orchestrator.DecodeResult(entry.Result); err == nil { // [finished] reports what cannot be read
			tasks[result.ID] = result.Forbidden // the latest counts
		}
	}
	return tasks, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
)

// resumeRun finds the run to go on with, its tasks and what it finished. An empty file is the run's own.
func (x *execution) resumeRun(ctx context.Context, file string) error {
	runs, err := x.ledger.Runs(ctx)
	if err != nil {
		return err
	}
	if id := x.flags.resume; id == lastRun && slices.ContainsFunc(runs, func(r sqlite.Run) bool { return r.ID == file }) {
		x.flags.resume, file = file, "" // "--resume RUN", which the flag cannot take without "="
	}
	run, err := pickRun(runs, x.flags.resume, file)
	if err != nil {
		return usage(fmt.Errorf("%s: %w%s", x.ledgerPath(), err, x.otherBooks()))
	}
	if file == "" {
		file = run.TaskFile
		if file == stdinFile {
			return usage(fmt.Errorf("run %s read its tasks from standard input: give them again (orchestrate run - --resume=%s)", run.ID, run.ID))
		}
	}
	if x.tasks, err = x.loadTasks(file, x.std); err != nil {
		return err
	}
	if now := digest(file); now != run.Digest {
		fmt.Fprintf(x.std.err, "warning: %s has changed since run %s began; tasks that it finished are kept\n", file, run.ID)
		run.Digest = now
	}
	run.TaskFile = absolute(file)
	x.run = run
	x.earlier, err = finished(ctx, x.ledger, run.ID)
	return err
}

var errNoRun = errors.New("there is no run to go on with (start one: orchestrate run tasks.toml)")

// pickRun returns the run with that id or, for [lastRun], the newest (of that task file, if one is given).
func pickRun(runs []sqlite.Run, id, file string) (sqlite.Run, error) {
	for _, r := range runs {
		if r.ID == id || (id == lastRun && (file == "" || r.TaskFile == absolute(file))) {
			return r, nil
		}
	}
	if id == lastRun {
		return sqlite.Run{}, errNoRun
	}
	return sqlite.Run{}, fmt.Errorf("there is no run %s (orchestrate report --all --by run lists them)", id)
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

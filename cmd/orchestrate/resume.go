package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/budget/sqlite"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/results"
	"github.com/orchestrate-go/orchestrate/orchestrator/view"
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
	earlier []orchestrator.Result // in the books, in their order
	found   []orchestrator.Result // in results files alone: the process died before it could book them
	last    map[string]bool       // tasks to begin after the others; see [orchestrator.Options]
}

// findRun finds the run with that id, or the newest one for [lastRun], with its tasks and what it finished.
// An empty file is the run's own. Outputs that the books do not have are read from where they were written, and from
// the results file out ("" for none).
func (p *project) findRun(ctx context.Context, books *sqlite.Ledger, id, file, out string, std stdio) (r resumption, err error) {
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
		fmt.Fprintf(std.err, "warning: %s has changed since run %s began; results are kept for tasks that still ask the same\n", file, r.run.ID)
		r.run.Digest = now
	}
	r.run.TaskFile = absolute(file)
	if r.earlier, err = resultsOf(ctx, books, r.run.ID); err != nil {
		return r, err
	}
	if n := r.recall(out); n > 0 {
		fmt.Fprintf(std.err, "warning: the outputs of %s are neither in the books (store_outputs = false) nor where they were written: "+
			"results come without them\n", view.Plural(n, "finished task"))
	}
	r.last, err = forbidden(ctx, books, r.run.ID)
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

// resultsOf returns the results of a run that the books have, in their order, also those that later ones replaced.
func resultsOf(ctx context.Context, ledger *sqlite.Ledger, run string) (list []orchestrator.Result, err error) {
	for entry, err := range ledger.Entries(ctx, books.Filter{Run: run}) {
		if err != nil {
			return nil, err
		}
		if entry.Op != budget.OpResult || len(entry.Result) == 0 { // imported without what it says
			continue
		}
		result, err := orchestrator.DecodeResult(entry.Result)
		if err != nil {
			return nil, fmt.Errorf("the books hold a result of task %s that cannot be read: %w", entry.TaskID(), err)
		}
		list = append(list, result)
	}
	return list, nil
}

// answer tells a finished task's answer from every other, under whatever id it is.
type answer struct {
	question       string // the digest, else the id
	started, ended time.Time
}

func answerOf(r orchestrator.Result) answer {
	return answer{cmp.Or(r.Digest, r.ID), r.Started.UTC().Round(0), r.Ended.UTC().Round(0)}
}

// recall completes results whose outputs the books do not have from the files they were written to, and finds
// those that are in a file alone. It returns how many outputs it found nowhere.
func (r *resumption) recall(out string) (missing int) {
	written := make(map[answer]orchestrator.Result)
	for _, file := range r.files(out) {
		list, _ := results.Read(file, r.run.ID) // what it lacks is told below
		for _, line := range list {
			if line.Outcome == orchestrator.Done && !line.Omitted {
				line.OutputFile = file
				written[answerOf(line)] = line
			}
		}
	}
	for i, kept := range r.earlier {
		line, ok := written[answerOf(kept)]
		delete(written, answerOf(kept))
		switch {
		case kept.Outcome != orchestrator.Done || !kept.Omitted:
		case ok:
			line.ID = kept.ID
			r.earlier[i] = line
		default:
			missing++
		}
	}
	for _, line := range written {
		if line.Digest != "" {
			r.found = append(r.found, line)
		}
	}
	slices.SortFunc(r.found, func(a, b orchestrator.Result) int { return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.ID, b.ID)) })
	return missing
}

// files are the regular files that may have results of the run.
func (r *resumption) files(out string) (files []string) {
	if out != "" && out != "-" {
		files = append(files, absolute(out))
	}
	for _, kept := range r.earlier {
		if kept.OutputFile != "" && !slices.Contains(files, kept.OutputFile) {
			files = append(files, kept.OutputFile)
		}
	}
	return files
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

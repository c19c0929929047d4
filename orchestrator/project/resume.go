package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/worker"
)

// LastRun is what stands for the newest run.
const LastRun = "last"

// Stdin is the task file that stands for standard input.
const Stdin = "-"

// resumption is a run to go on with.
type resumption struct {
	run     books.Run
	tasks   []worker.Task
	earlier []orchestrator.Result // in the books, in their order
	found   []orchestrator.Result // in results files alone: the process died before it could book them
	last    map[string]bool       // tasks to begin after the others; see [orchestrator.Options]
}

// findRun finds the run with that id, or the newest one for [LastRun], with its tasks and what it finished.
// Outputs that the books do not have are read from where they were written, and from the results file out ("" for none).
func (p *Project) findRun(ctx context.Context, store books.Store, id, out string, from source) (r resumption, err error) {
	runs, err := store.Runs(ctx)
	if err != nil {
		return r, err
	}
	if id == LastRun && slices.ContainsFunc(runs, func(r books.Run) bool { return r.ID == from.file }) {
		id, from.file = from.file, "" // "--resume RUN", which the flag cannot take without "="
	}
	if r.run, err = pickRun(runs, id, from.file); err != nil {
		return r, usagef("%s: %w%s", p.LedgerPath(), err, p.otherBooks())
	}
	if r.earlier, err = resultsOf(ctx, store, r.run.ID); err != nil {
		return r, err
	}
	from.again = make(map[string]bool)
	for _, result := range r.earlier {
		from.again[result.ID] = result.Outcome == orchestrator.Done // the latest counts
	}
	if r.tasks, err = p.tasksOf(&r.run, from); err != nil {
		return r, err
	}
	if n := r.recall(out); n > 0 {
		p.warn(fmt.Sprintf("the outputs of %s are neither in the books (store_outputs = false) nor where they were written: "+
			"results come without them", plural(n, "finished task")))
	}
	r.last, err = forbidden(ctx, store, r.run.ID)
	return r, err
}

// source is where tasks come from: a list, or else a file.
type source struct {
	tasks []worker.Task // nil is none
	file  string        // "" is that of a run that goes on
	stdin io.Reader     // what [Stdin] stands for
	again map[string]bool
}

// tasksOf reads the tasks of a run that goes on, and notes in it where they came from.
func (p *Project) tasksOf(run *books.Run, from source) (list []worker.Task, err error) {
	if from.tasks != nil {
		run.TaskFile, run.Digest = "", ""
		return from.tasks, p.check(from.tasks)
	}
	if from.file == "" {
		if from.file, err = fileOf(*run); err != nil {
			return nil, err
		}
	}
	if list, err = p.load(from.file, from.stdin, from.again); err != nil {
		return nil, err
	}
	if now := digest(from.file); now != run.Digest {
		if run.TaskFile != "" {
			p.warn(fmt.Sprintf("%s has changed since run %s began; results are kept for tasks that still ask the same", from.file, run.ID))
		}
		run.Digest = now
	}
	run.TaskFile = absolute(from.file)
	return list, nil
}

// fileOf is the task file of a run, if it is still there.
func fileOf(r books.Run) (string, error) {
	if r.TaskFile == "" {
		return "", usagef("run %s was given its tasks by a program: give them again", r.ID)
	}
	if r.TaskFile == Stdin {
		return "", usagef("run %s read its tasks from standard input: give them again (orchestrate run - --resume=%s)", r.ID, r.ID)
	}
	if _, err := os.Stat(r.TaskFile); errors.Is(err, os.ErrNotExist) {
		return "", usagef("the task file of run %s is no longer at %s: say where it is (orchestrate run FILE --resume=%s)", r.ID, r.TaskFile, r.ID)
	}
	return r.TaskFile, nil
}

var errNoRun = errors.New("there is no run yet (start one: orchestrate run tasks.toml)")

// pickRun returns the run with that id or, for [LastRun], the newest of this project (of that task file, if one is given).
//
// A run may be named by the beginning of its id, where that is one's alone.
func pickRun(runs []books.Run, id, file string) (books.Run, error) {
	for _, r := range runs {
		if r.ID == id || (id == LastRun && !r.Imported && r.ID != ServeRun && !strings.HasPrefix(r.ID, execRun) && (file == "" || isFileOf(r, file))) {
			return r, nil
		}
	}
	if id == LastRun {
		return books.Run{}, errNoRun
	}
	var alike []books.Run
	for _, r := range runs {
		if strings.HasPrefix(r.ID, id) && len(id) >= leastPrefix {
			alike = append(alike, r)
		}
	}
	switch len(alike) {
	case 0:
		return books.Run{}, fmt.Errorf("there is no run %s (orchestrate runs lists them)", id)
	case 1:
		return alike[0], nil
	}
	var ids []string
	for _, r := range alike[:min(5, len(alike))] {
		ids = append(ids, r.ID)
	}
	return books.Run{}, fmt.Errorf("%s begins the ids of %d runs: %s", id, len(alike), strings.Join(ids, ", "))
}

// leastPrefix is the shortest beginning of an id that names a run.
const leastPrefix = 4

// isFileOf reports whether file is the task file of a run: the same path or, where a project was moved, the
// same content.
func isFileOf(r books.Run, file string) bool {
	return r.TaskFile == absolute(file) || (r.Digest != "" && r.Digest == digest(file))
}

// resultsOf returns the results of a run that the books have, in their order, also those that later ones replaced.
func resultsOf(ctx context.Context, store books.Store, run string) (list []orchestrator.Result, err error) {
	for entry, err := range store.Entries(ctx, books.Filter{Run: run}) {
		if err != nil {
			return nil, err
		}
		if entry.Op != budget.OpResult || len(entry.Result) == 0 { // imported without what it says
			continue
		}
		result, err := decoded(entry)
		if err != nil {
			return nil, err
		}
		list = append(list, result)
	}
	return list, nil
}

// decoded is the result in an entry.
func decoded(e budget.Entry) (orchestrator.Result, error) {
	result, err := orchestrator.DecodeResult(e.Result)
	if err != nil {
		err = fmt.Errorf("the books hold a result of task %s that cannot be read: %w", e.TaskID(), err)
	}
	return result, err
}

// forbidden returns the tasks of a run that ended with a 403 of which nobody knows whom it means.
func forbidden(ctx context.Context, store books.Store, run string) (map[string]bool, error) {
	found := make(map[string]bool)
	for entry, err := range store.Results(ctx, run) {
		if err != nil {
			return nil, err
		}
		if result, err := orchestrator.DecodeResult(entry.Result); err == nil { // resultsOf reports what cannot be read
			found[result.ID] = result.Forbidden // the latest counts
		}
	}
	return found, nil
}

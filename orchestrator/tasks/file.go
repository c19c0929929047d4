package tasks

import (
	"fmt"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// taskFile is a task file while it is read.
type taskFile struct {
	*document.Source
	Reader
	path, dir string
	template  *rowTemplate
	empty     bool   // the file has no bytes
	partial   bool   // its rows are tasks of another file, which has their template
	sound     string // the last schema that was checked
	base      int64  // the bytes before the text in the file, negative where the file itself is not that text
	stored    *store // nil keeps prompts in memory

	inspection *inspection // instead of the tasks, which are not kept; nil keeps them
	told       bool        // why none of the file can be read
	tasks      []worker.Task
	places     func(task int, key string) document.Place // of a key of the i-th task
	rowPlaces  []document.Place                          // of each task, where the format has no places of keys
}

// add takes the task that stands at a place.
func (f *taskFile) add(t worker.Task, at document.Place) {
	if f.inspection != nil {
		f.inspect(t, at)
		return
	}
	f.tasks = append(f.tasks, t)
	f.rowPlaces = append(f.rowPlaces, at)
}

// atRow is the places of tasks of which each is a row.
func (f *taskFile) atRow(task int, _ string) document.Place {
	return document.Place{Line: f.rowPlaces[task].Line}
}

// check looks at the tasks together. Those with mistakes are among them: a task that depends on one of
// them is not wrong for that.
func (f *taskFile) check() {
	if f.told {
		return
	}
	if f.inspection != nil {
		f.checkInspected()
	}
	c := f.taskCheck(f.tasks)
	c.all()
	if f.Config != nil {
		c.workers(f.Config)
	}
}

// taskCheck is a check of the tasks of the file, which are told at their places.
func (f *taskFile) taskCheck(list []worker.Task) *taskCheck {
	return &taskCheck{tasks: list, full: f.Full, report: func(i int, key, message, hint string) {
		if f.Full() {
			f.Skip()
			return
		}
		f.Add(f.places(i, key), key, message, hint)
	}}
}

// tellWarnings passes the first warnings on: more would hide them.
func (f *taskFile) tellWarnings() {
	all := f.Warnings()
	for i, w := range all {
		if i == document.MaxMistakes {
			f.Warn(Warning{File: f.File, Message: fmt.Sprintf("and %d more", len(all)-document.MaxMistakes)})
			return
		}
		f.Warn(w)
	}
}

package tasks

import (
	"fmt"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Inspected is what a file of tasks comes to.
type Inspected struct {
	Tasks int

	// Kinds are tasks without their texts, one of each worker, model, set of labels and limit that the file has: what
	// [CheckModels] looks at.
	Kinds []worker.Task
}

// Inspect finds the mistakes that Load finds, and those of [CheckFormats], and keeps no task: what it takes of memory is an id for each, and the
// dependencies.
func (r Reader) Inspect(path string) (Inspected, error) {
	f := r.newFile(path, "")
	f.inspection = newInspection()
	if err := f.load(path); err != nil {
		return Inspected{}, err
	}
	for _, t := range f.tasks { // of a format that is read whole
		f.inspection.kind(t)
	}
	return Inspected{Tasks: len(f.tasks) + f.inspected(), Kinds: f.inspection.list}, nil
}

// inspection is what is kept of tasks that are not.
type inspection struct {
	n     int
	first map[string]int   // of each id, the place in waiting, or -1
	lines map[string]int32 // of each id, its line

	waiting []worker.Task // those that depend on others: their ids and dependencies
	places  []document.Place

	groups map[string]bool // the names of those that rows and lists make

	kinds map[string]bool
	list  []worker.Task // one of each kind
}

func newInspection() *inspection {
	return &inspection{first: make(map[string]int), lines: make(map[string]int32), kinds: make(map[string]bool), groups: make(map[string]bool)}
}

// inspected is how many tasks were looked at and not kept.
func (f *taskFile) inspected() int {
	if f.inspection == nil {
		return 0
	}
	return f.inspection.n
}

// inspect checks a task alone, and keeps what others need to know of it.
func (f *taskFile) inspect(t worker.Task, at document.Place) {
	s := f.inspection
	s.n++
	alone := taskCheck{tasks: []worker.Task{t}, full: f.Full}
	alone.report = func(_ int, key, message, hint string) {
		f.Add(document.Place{Line: at.Line}, key, message, hint)
	}
	f.keepID(t, at)
	alone.alone(f.Config)
	if t.Parameters != nil && f.Config != nil && !f.Simulated {
		if why, hint := unsendable(t, f.Config); why != "" {
			f.Add(document.Place{Line: at.Line}, "", why, hint)
		}
	}
	s.kind(t)
}

// keepID keeps the id of a task, and what it depends on.
func (f *taskFile) keepID(t worker.Task, at document.Place) {
	s := f.inspection
	if t.ID == "" {
		return
	}
	if line, twice := s.lines[t.ID]; twice {
		f.Add(document.Place{Line: at.Line}, "id", fmt.Sprintf("%s is the id of another task as well, at %s", document.Quote(t.ID), f.sourceOf(int(line))), "give each task its own")
		return
	}
	id := strings.Clone(t.ID)
	s.lines[id], s.first[id] = int32(at.Line), -1 //nolint:gosec // a file of 2^31 lines has no more than that many
	if len(t.DependsOn) > 0 {
		s.first[id] = len(s.waiting)
		s.waiting = append(s.waiting, worker.Task{ID: id, DependsOn: t.DependsOn, Foreach: t.Foreach})
		s.places = append(s.places, at)
	}
}

// kind keeps a task that is the first of its kind.
func (s *inspection) kind(t worker.Task) {
	key := fmt.Sprintf("%q %q %q %v", t.Worker, t.Model, t.Labels, t.Limit.Cost != nil)
	if s.kinds[key] {
		return
	}
	s.kinds[key] = true
	s.list = append(s.list, worker.Task{
		ID: t.ID, Worker: t.Worker, Model: t.Model, Labels: t.Labels, Limit: t.Limit, Source: t.Source, Request: t.Request,
	})
}

// checkInspected looks at the dependencies among the tasks.
func (f *taskFile) checkInspected() {
	s := f.inspection
	c := taskCheck{tasks: s.waiting, full: f.Full, first: s.first}
	c.report = func(i int, key, message, hint string) {
		f.Add(document.Place{Line: s.places[i].Line}, key, message, hint)
	}
	c.dependencies()
	c.lists(func(id string) bool { return s.groups[id] })
	c.cycles()
}

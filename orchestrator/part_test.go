package orchestrator

import (
	"testing"

	"github.com/orchestrate-go/orchestrate/worker"
)

// A part of a run does its tasks and what they depend on; a resumed run does the rest, and nothing twice.
func TestAPartOfARun(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 2)
	for _, task := range []worker.Task{{ID: "up"}, {ID: "x", DependsOn: []string{"up"}}, {ID: "after", DependsOn: []string{"x"}}, {ID: "y"}} {
		w.add(task, tokens(10))
	}
	w.options.Only = map[string]bool{"x": true}
	s := unchecked(t, w)
	w.want("up:done x:done")
	if s.Left != 2 || s.Total != 4 {
		t.Errorf("%+v", s)
	}
	for _, id := range []string{"up", "x"} {
		w.options.Earlier = append(w.options.Earlier, w.results[id])
	}
	w.options.Only, w.order, w.resumed = nil, nil, true
	s = unchecked(t, w)
	w.want("up:done x:done after:done y:done")
	if s.Left != 0 || s.Resumed != 2 || len(w.order) != 2 {
		t.Errorf("%+v, begun %v", s, w.order)
	}
}

// What is asked again is asked although it has an answer.
func TestAnAnswerIsAskedForAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.hire("a", 1)
	w.add(worker.Task{ID: "x"}, tokens(10))
	w.add(worker.Task{ID: "y"}, tokens(10))
	w.mustRun()
	w.options.Earlier = []Result{w.results["x"], w.results["y"]}
	w.options.Only, w.options.Again = map[string]bool{"y": true}, map[string]bool{"y": true}
	w.order, w.resumed = nil, true
	s := unchecked(t, w)
	if len(w.order) != 1 || w.order[0] != "y" || s.Resumed != 1 {
		t.Errorf("begun %v, %+v", w.order, s)
	}
}

// The end of a run says what the deferred would take beyond what is left.
func TestWhatARunLacked(t *testing.T) {
	w := newWorld(t, total(250))
	w.hire("a", 1)
	for _, id := range ids("t", 5) {
		w.add(worker.Task{ID: id}, tokens(100))
	}
	s := unchecked(t, w)
	if s.Short == nil || s.Short.Tasks != 3 || s.Short.Most.Tokens != 250 {
		t.Errorf("%+v", s.Short)
	}
}

// unchecked is a run in which not every task has a result, or one has two.
func unchecked(t *testing.T, w *world) Summary {
	t.Helper()
	w.options.OnResult = func(r Result) error {
		w.results[r.ID] = r
		return nil
	}
	w.options.OnEvent = func(e Event) {
		if e.Kind == Started {
			w.order = append(w.order, e.Task)
		}
	}
	s, err := Run(t.Context(), w.options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

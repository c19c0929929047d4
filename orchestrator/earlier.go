package orchestrator

import (
	"cmp"
	"slices"
	"time"

	"github.com/orchestrate-go/orchestrate/worker"
)

// earlier holds the answers that earlier parts of a run paid for. Each goes to one task at most.
type earlier struct {
	byID     map[string][]*answered // done, the oldest first
	byDigest map[string][]*answered
	newest   map[string]*answered // of each task in the books, done or not
	named    map[string]bool      // ids that the task file gives
	again    map[string]bool      // ids of tasks that are asked again
}

// answered is a result that a task may take over.
type answered struct {
	Result
	taken bool
}

// identity tells an answer from every other to the same question. One that another task took over is in the books
// under both ids, and says whose it was; a clock alone could give two answers the same times.
type identity struct {
	of, digest     string
	started, ended time.Time
}

func newEarlier(o Options) *earlier {
	e := &earlier{
		byID: make(map[string][]*answered), byDigest: make(map[string][]*answered),
		newest: make(map[string]*answered), named: make(map[string]bool), again: o.Again,
	}
	for _, t := range o.Tasks {
		e.named[t.ID] = !t.Numbered
	}
	seen := make(map[identity]*answered)
	for _, r := range o.Earlier {
		e.newest[r.ID] = e.add(r, seen)
	}
	for _, r := range o.Found {
		e.add(r, seen)
	}
	return e
}

func (e *earlier) add(r Result, seen map[identity]*answered) *answered {
	who := identity{cmp.Or(r.AnswerOf, r.ID), r.Digest, r.Started.UTC().Round(0), r.Ended.UTC().Round(0)}
	a := seen[who]
	switch {
	case r.Outcome != Done, e.again[r.ID]:
		return &answered{Result: r}
	case a != nil:
		a.ID, a.AnswerOf = r.ID, r.AnswerOf
	default:
		a = &answered{Result: r}
		if r.Digest != "" {
			seen[who] = a
			e.byDigest[r.Digest] = append(e.byDigest[r.Digest], a)
		}
	}
	if !slices.Contains(e.byID[r.ID], a) {
		e.byID[r.ID] = append(e.byID[r.ID], a)
	}
	return a
}

func (e *earlier) empty() bool { return len(e.byID) == 0 }

// to returns the answer to one of these questions that t may have: its own, or one that no task of the file has
// by name. Nil if there is none.
func (e *earlier) to(t worker.Task, questions []string) *answered {
	for _, a := range slices.Backward(e.byID[t.ID]) {
		if !a.taken && slices.Contains(questions, a.Digest) {
			return a
		}
	}
	for _, q := range questions {
		for list := e.byDigest[q]; len(list) > 0; list = e.byDigest[q] {
			if a := list[0]; !a.taken && !e.named[a.ID] {
				return a
			}
			e.byDigest[q] = list[1:] // it is nobody's any more who comes this way
		}
	}
	return nil
}

// under returns the newest answer that was given under an id, nil if there is none.
func (e *earlier) under(id string) *answered {
	for _, a := range slices.Backward(e.byID[id]) {
		if !a.taken {
			return a
		}
	}
	return nil
}

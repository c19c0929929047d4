package project

import (
	"fmt"
	"maps"
	"sync"

	"github.com/orchestrate-go/orchestrate/orchestrator"
	"github.com/orchestrate-go/orchestrate/orchestrator/tasks"
)

// statuses writes into the task file how its tasks stand, while others go on: what comes during a write goes into the
// next one.
type statuses struct {
	file *tasks.StatusFile

	mu      sync.Mutex
	begun   map[string]bool   // tasks that the file calls in progress because of us
	pending map[string]string // by task
	writing bool
	idle    *sync.Cond
	err     error // the first
}

// openStatuses opens the statuses of the task file that the run has; nil where none are written.
func (o *owned) openStatuses() (*statuses, error) {
	if !o.options.WriteStatus {
		return nil, nil
	}
	if o.run.TaskFile == "" || o.run.TaskFile == Stdin {
		return nil, usagef("statuses are written into a tasks.json of Task Master: name that file")
	}
	file, err := tasks.OpenStatus(o.run.TaskFile, o.Tag)
	if err != nil {
		return nil, usage(err)
	}
	s := &statuses{file: file, begun: make(map[string]bool), pending: make(map[string]string)}
	s.idle = sync.NewCond(&s.mu)
	return s, nil
}

// event takes note of a task that began.
func (s *statuses) event(e orchestrator.Event) {
	if e.Kind == orchestrator.Started {
		s.set(e.Task, "in-progress", true)
	}
}

// result takes note of how a task ended. What is not done is pending again, if it was begun.
func (s *statuses) result(r orchestrator.Result) {
	switch {
	case s == nil:
	case r.Outcome == orchestrator.Done:
		s.set(r.ID, "done", false)
	default:
		s.mu.Lock()
		begun := s.begun[r.ID]
		s.mu.Unlock()
		if begun {
			s.set(r.ID, "pending", false)
		}
	}
}

func (s *statuses) set(task, status string, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[task], s.begun[task] = status, begun
	if !s.writing {
		s.writing = true
		go s.write()
	}
}

// write writes until there is nothing more.
func (s *statuses) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 {
		changes := maps.Clone(s.pending)
		clear(s.pending)
		s.mu.Unlock()
		err := s.file.Write(changes)
		s.mu.Lock()
		if s.err == nil {
			s.err = err
		}
	}
	s.writing = false
	s.idle.Broadcast()
}

// close waits for the last write, and returns the first error of all.
func (s *statuses) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.writing {
		s.idle.Wait()
	}
	if s.err != nil {
		return fmt.Errorf("the statuses in the task file are not up to date: %w", s.err)
	}
	return nil
}

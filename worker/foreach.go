package worker

import "strings"

// Foreach makes tasks of an output: one for each element of a list, say, that a model wrote.
type Foreach struct {
	Of string // the id of the task that gives the output; it is among [Task.DependsOn]

	// Columns are the names of the columns that the tasks may have (see [Task.Columns]), as far as they are known before.
	Columns []string

	// Tasks makes them, in order. Their ids are those of no other task, and what they depend on the task depends on, too;
	// they stand for no others. It is called by one goroutine at a time. An error is the failure of the task.
	Tasks func(output string) ([]Task, error)
}

// StandsFor reports whether a task of this id could be one that t stands for: which ones are is known with the output.
func (t *Task) StandsFor(id string) bool {
	return t.Foreach != nil && strings.HasPrefix(id, t.ID+"-")
}

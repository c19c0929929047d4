package orchestrator

import (
	"bytes"
	"io"
	"strings"

	"github.com/orchestrate-go/orchestrate/worker"
)

// readTOML reads a file of [[task]] tables.
func (f *taskFile) readTOML(in io.Reader) error {
	doc, err := readBounded(in, f.file, maxTaskTOML)
	if err != nil {
		return err
	}
	root, ok := decodeTOML(&f.source, doc, maxTaskItems)
	if !ok {
		return nil
	}
	elements := root.elements("task")
	rows := make([]string, 0, len(elements)) // of each task, its path element
	f.tasks = make([]worker.Task, 0, len(elements))
	lines := taskLines(doc)
	for _, t := range elements {
		row := t.lastName()
		t.name = "" // the line says which task it is
		f.tasks = append(f.tasks, f.row(t, lines[row], ""))
		rows = append(rows, row)
	}
	root.done()
	f.places = func(task int, key string) place { return f.locate([]string{"task", rows[task], key}) }
	return nil
}

// taskLines returns the line of each element of the array task, by its path element.
func taskLines(doc []byte) map[string]int {
	lines := map[string]int{}
	line, counted := 1, 0
	scanTOML(doc, func(e entry) {
		if len(e.path) == 2 && e.path[0] == "task" && strings.HasPrefix(e.path[1], "[") && e.start >= counted {
			line += bytes.Count(doc[counted:e.start], []byte("\n"))
			counted = e.start
			lines[e.path[1]] = line
		}
	})
	return lines
}

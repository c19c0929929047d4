package tasks

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// readTOML reads a file of [[task]] tables.
func (f *taskFile) readTOML(in io.Reader) error {
	doc, err := document.ReadBounded(in, f.File, maxTOML)
	if err != nil {
		return err
	}
	root, ok := document.Decode(f.Source, doc, maxItems)
	if !ok {
		return nil
	}
	elements := root.Elements("task")
	if len(f.template.flags) > 0 {
		f.Add(document.Place{}, "", f.template.flags[0]+" makes tasks of rows of data, and this file has tasks of its own", "leave it out, or give a file of rows: CSV, TSV, JSON, or a directory of texts")
	}
	rows := make([]string, 0, len(elements)) // of each task, its path element
	f.tasks = make([]worker.Task, 0, len(elements))
	lines := taskLines(doc)
	for _, t := range elements {
		row := t.Name()
		t.Prefix = "" // the line says which task it is
		list := []worker.Task{}
		if t.Has("foreach") {
			list = f.foreach(t, lines[row])
		} else {
			list = append(list, f.row(t, lines[row], ""))
		}
		f.tasks = append(f.tasks, list...)
		rows = append(rows, slices.Repeat([]string{row}, len(list))...)
	}
	root.Done()
	f.places = func(task int, key string) document.Place { return f.Locate([]string{"task", rows[task], key}) }
	return nil
}

// taskLines returns the line of each element of the array task, by its path element.
func taskLines(doc []byte) map[string]int {
	lines := map[string]int{}
	line, counted := 1, 0
	document.Scan(doc, func(e document.Entry) {
		if len(e.Path) == 2 && e.Path[0] == "task" && strings.HasPrefix(e.Path[1], "[") && e.Start >= counted {
			line += bytes.Count(doc[counted:e.Start], []byte("\n"))
			counted = e.Start
			lines[e.Path[1]] = line
		}
	})
	return lines
}

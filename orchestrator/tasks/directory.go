package tasks

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// readDir makes a task of each text in a directory and below it, in the order of their names. The columns of each are
// text, path (from the directory, with slashes) and name (the last of it, without its extension); its path is its id. What
// is hidden, and the project's own configuration, is passed over; links are not followed.
func (f *taskFile) readDir(dir string) error {
	name := f.File
	var files []string // of each task
	f.places = func(task int, _ string) document.Place {
		f.File = files[task]
		return document.Place{Line: 1}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case !entry.Type().IsRegular(), entry.Name() == config.FileName:
			return nil
		}
		before := len(f.tasks)
		f.readText(dir, path)
		for range len(f.tasks) - before {
			files = append(files, path)
		}
		return nil
	})
	f.File = name
	return err
}

func (f *taskFile) readText(dir, path string) {
	f.File = path
	text, err := document.ReadRegular(path, maxPrompt)
	if err != nil {
		f.Add(document.Place{}, "", err.Error(), "")
		return
	}
	if at := document.InvalidUTF8(text); at >= 0 || strings.ContainsRune(string(text), 0) {
		f.Add(document.Place{}, "", fmt.Sprintf("it is no text in UTF-8, from byte %d on", max(at, 0)), "a directory of data has texts alone: move it elsewhere")
		return
	}
	relative, err := filepath.Rel(dir, path)
	if err != nil {
		relative = path
	}
	relative = filepath.ToSlash(relative)
	name := filepath.Base(relative)
	r := dataRow{
		record: record{
			names:  []string{"id", "text", "path", "name"},
			values: []any{relative, strings.TrimPrefix(string(text), string(document.ByteOrderMark)), relative, strings.TrimSuffix(name, filepath.Ext(name))},
		},
		line:  1,
		place: func(string) document.Place { return document.Place{Line: 1} },
	}
	before := len(f.tasks)
	f.textTask(r, document.Place{Line: 1})
	for i := range f.tasks[before:] { // its text is where it was
		f.tasks[before+i].Columns = record{names: r.names[2:], values: r.values[2:]}.columns()
	}
}

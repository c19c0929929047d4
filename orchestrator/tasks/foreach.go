package tasks

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// A task with foreach is a template: it stands for a task for each element of a list, each row of a file, or each element of a list
// that the output of another task is (foreach_output.go). They are a group called by its id; what depends on the group depends on
// all of them.

// maxEdges bounds the dependencies of a file, which two groups that depend on each other multiply.
const maxEdges = 4_000_000

const foreachHint = `write foreach = ["de", "fr"], foreach = "rows.csv", or foreach = '{{ output "id" }}' for a list that a task answers with`

// foreachKeys are those of the group itself.
var foreachKeys = []string{"id", "foreach", "max_parallel"}

// foreach makes the tasks of a template at a line.
func (f *taskFile) foreach(t *document.Table, line int) []worker.Task {
	group := t.ID("id", "")
	most := int(t.Integer("max_parallel", 0, 1, 1_000_000))
	if of := outputOf(t.Values["foreach"]); of != "" && group != "" {
		return f.ofOutput(t, unfolding{group: group, of: of, most: most, line: line})
	}
	rows, path := f.elementsOf(t)
	if group == "" || rows == nil && path == "" {
		return nil
	}
	outer, locate := f.template, f.Locate
	defer func() { f.template, f.Locate = outer, locate }()
	if f.template = f.templateOf(t); !f.template.asks() {
		return nil
	}
	var list []worker.Task
	if path != "" {
		list = f.rowsOf(t, path)
	}
	for i, row := range rows {
		f.Locate = locate
		at := t.At("foreach")
		task, missing := f.data(dataRow{record: row, line: line, fallback: strconv.Itoa(i + 1), place: func(string) document.Place { return at }})
		if missing != nil {
			f.Locate = locate
			t.Mistake("prompt", missing.Error(), document.DidYouMean(missing.path[0], missing.near))
			return nil
		}
		list = append(list, task)
	}
	asGroup(list, group, most)
	return list
}

// asGroup makes tasks a group, of which most run at once.
func asGroup(list []worker.Task, group string, most int) {
	for i := range list {
		list[i].ID = group + "-" + list[i].ID
		list[i].Group, list[i].MaxParallel, list[i].Template = group, most, cmp.Or(list[i].Template, group)
	}
}

// elementsOf are the rows of a list, or the file that has them.
func (f *taskFile) elementsOf(t *document.Table) (rows []record, path string) {
	v, _ := t.Take("foreach")
	switch v := v.(type) {
	case string:
		path = v
	case []any:
		for _, element := range v {
			rows = append(rows, f.elementOf(t, element))
		}
	case []map[string]any:
		for _, element := range v {
			rows = append(rows, f.elementOf(t, element))
		}
	default:
		t.WrongType("foreach", "a list or a file", v, foreachHint)
		return nil, ""
	}
	if path == "" && len(rows) == 0 {
		t.Mistake("foreach", "there is nothing in it", foreachHint)
	}
	return rows, path
}

// elementOf is an element of a list as a row: the members of a table are its columns, anything else is its "item".
func (f *taskFile) elementOf(t *document.Table, element any) record {
	members, isTable := element.(map[string]any)
	if !isTable {
		members = map[string]any{"item": element}
	}
	var r record
	for name := range members {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	for _, name := range r.names {
		if text, isText := members[name].(string); isText {
			r.values = append(r.values, text)
			continue
		}
		raw, err := json.Marshal(members[name])
		if err != nil {
			t.Mistake("foreach", "it has a value that JSON has not", "write a text")
			raw = json.RawMessage("null")
		}
		r.values = append(r.values, json.RawMessage(raw))
	}
	return r
}

// templateOf is what t says of each task.
func (f *taskFile) templateOf(t *document.Table) *rowTemplate {
	own := &rowTemplate{values: make(map[string]rowValue)}
	p := rowParser{t: own, mistakes: &f.Mistakes, deferred: t.Has("depends_on")}
	for key, value := range t.Values {
		text, _ := value.(string)
		switch {
		case slices.Contains(foreachKeys, key):
		case key == "prompt_file" && text != "":
			if !filepath.IsAbs(text) {
				text = filepath.Join(f.dir, text)
			}
			p.file(text, t.At(key), key)
			p.mistakes.File = f.File
		default:
			own.values[key] = p.value(key, value, t.At(key))
		}
		t.Allow(key)
	}
	if own.values["prompt"] == nil {
		t.Mistake("prompt", "missing: it says what is asked about each", `write prompt = "Translate into {{ .item }}: ..."`)
	}
	return own
}

// rowsOf are the tasks of the rows of a file, which is relative to the task file.
func (f *taskFile) rowsOf(t *document.Table, path string) []worker.Task {
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, path)
	}
	if f.outside(path) {
		f.AddWarning(t.At("foreach"), "foreach", path+" is outside the project, and will be sent to a provider", "copy it into the project if it is meant")
	}
	rows := f.newFile(path, "")
	rows.Store, rows.Config, rows.Tag, rows.template, rows.partial = false, nil, "", f.template, true
	if err := rows.load(path); err != nil {
		for _, one := range unjoined(err) {
			t.Mistake("foreach", one.Error(), "")
		}
		return nil
	}
	return rows.tasks
}

// unjoined are the errors that one joins.
func unjoined(err error) []error {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		return list.Unwrap()
	}
	return []error{err}
}

// gather lets tasks depend on groups: on all of their tasks.
func (f *taskFile) gather() {
	groups := make(map[string][]string)
	for _, t := range f.tasks {
		if t.Group != "" {
			groups[t.Group] = append(groups[t.Group], t.ID)
		}
	}
	f.taskCheck(f.tasks).lists(func(id string) bool { return groups[id] != nil })
	if len(groups) == 0 {
		return
	}
	edges := 0
	for i := range f.tasks {
		t := &f.tasks[i]
		var all []string
		for _, dep := range t.DependsOn {
			of := groups[dep]
			if of == nil {
				all = append(all, dep)
				continue
			}
			all = append(all, of...)
			if t.Gathers == nil {
				t.Gathers = make(map[string][]string)
			}
			t.Gathers[dep] = of
		}
		if edges += len(all); edges > maxEdges {
			f.Add(f.places(i, "depends_on"), "depends_on", fmt.Sprintf("the tasks have more than %d dependencies", maxEdges), "let one task gather a group, and the others depend on that")
			return
		}
		if t.Gathers != nil {
			t.DependsOn = all
		}
	}
}

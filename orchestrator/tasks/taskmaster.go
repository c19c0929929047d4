package tasks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// The tasks.json of Task Master: {"tasks": [...]}, or the same under the name of each tag. A task has id, title,
// description, details, testStrategy, status, priority, dependencies and subtasks; other keys are its owner's.

const maxTaskMaster = 64 << 20

// statuses are those that Task Master knows; done ones are not run, and are there for those that depend on them.
var statuses = []string{"pending", "in-progress", "review", "deferred", "blocked", "done", "completed", "cancelled"}

func isDone(status string) bool {
	return status == "done" || status == "completed" || status == "cancelled"
}

// defaultTag is the tag of a file without tags, and the first of others.
const defaultTag = "master"

// masterFile is a tasks.json.
type masterFile struct {
	doc   []byte
	tag   string
	tasks []*masterTask // each before its subtasks
}

// masterTask is a task in it, or a subtask.
type masterTask struct {
	node    *document.Node
	id      string // "5", or "5.1" of a subtask
	status  string
	title   string
	parent  *masterTask
	subs    []*masterTask
	depends []string // ids, of those that are not done too

	priority any
	result   string // what it says of itself: its details
}

// isTaskMaster reports whether what begins with start is a tasks.json.
func isTaskMaster(start []byte) bool {
	start = bytes.TrimLeft(start, " \t\r\n")
	if len(start) == 0 || start[0] != '{' {
		return false
	}
	d := objectOf(start)
	if d.has("prompt") || d.has("prompt_file") || d.has("custom_id") || d.has("body") || d.has("messages") {
		return false
	}
	if list := d.values["tasks"]; d.begins("tasks", "[") {
		var first map[string]json.RawMessage
		err := json.NewDecoder(bytes.NewReader(bytes.TrimLeft(list[1:], " \t\r\n"))).Decode(&first)
		return err != nil || first["title"] != nil || first["status"] != nil || first["dependencies"] != nil
	}
	return slices.ContainsFunc(d.keys, func(key string) bool { return tagged.Match(d.values[key]) })
}

// readTaskMaster reads a tasks.json, of which those tasks are run that are not done.
func (f *taskFile) readTaskMaster(in io.Reader) error {
	doc, err := document.ReadBounded(in, f.File, maxTaskMaster)
	if err != nil {
		return err
	}
	m, ok := f.parseMaster(doc)
	if !ok {
		return nil
	}
	if f.template, err = f.rowTemplate(true); err != nil {
		f.Add(document.Place{}, "", err.Error(), "")
		return nil
	}
	f.places = f.atRow
	f.master(m)
	if len(f.tasks) == 0 && f.Err() == nil {
		f.Add(document.Place{}, "", fmt.Sprintf("none of its tasks is left to run: of %d with the tag %s all are done or cancelled", len(m.tasks), document.Quote(m.tag)), "")
	}
	return nil
}

// parseMaster parses a tasks.json and finds its tasks. ok is false after a mistake.
func (f *taskFile) parseMaster(doc []byte) (m *masterFile, ok bool) {
	if at := document.InvalidUTF8(doc); at >= 0 {
		f.Add(document.PlaceAt(doc, at), "", fmt.Sprintf("byte %d of the file is not UTF-8", at), "save the file as UTF-8")
		return nil, false
	}
	if at := nestedTooDeep(doc, maxJSONNesting); at >= 0 {
		f.Add(document.PlaceAt(doc, at), "", fmt.Sprintf("objects and arrays are nested more than %d deep", maxJSONNesting), "")
		return nil, false
	}
	root, at, err := document.ParseJSON(doc)
	if err != nil {
		f.Add(document.PlaceAt(doc, at), "", "not JSON: "+strings.TrimPrefix(err.Error(), "json: "), "")
		return nil, false
	}
	m = &masterFile{doc: doc}
	list := f.taggedTasks(m, root)
	if list == nil {
		return nil, false
	}
	for _, n := range list.Elements {
		if t := f.masterTask(m, n, nil); t != nil {
			m.tasks = append(append(m.tasks, t), t.subs...)
		}
	}
	return m, f.Err() == nil
}

// taggedTasks chooses the list of tasks: that of the tag that was asked for, else of the current one.
func (f *taskFile) taggedTasks(m *masterFile, root *document.Node) *document.Node {
	var tags []string
	for i, key := range root.Keys {
		if isList(m.doc, root.Elements[i].Get("tasks")) {
			tags = append(tags, key.Name)
		}
	}
	if flat := root.Get("tasks"); isList(m.doc, flat) {
		tags = append(tags, defaultTag)
		if m.tag = defaultTag; f.Tag == "" || f.Tag == defaultTag {
			return flat
		}
	}
	switch m.tag = f.Tag; {
	case m.tag != "":
	case len(tags) == 1:
		m.tag = tags[0]
	default:
		if m.tag = currentTag(f.dir); m.tag == "" {
			m.tag = defaultTag
		}
	}
	if !slices.Contains(tags, m.tag) {
		f.Add(document.Place{}, "", "there is no tag "+document.Quote(m.tag), "--tag takes one of: "+strings.Join(tags, ", "))
		return nil
	}
	return root.Get(m.tag).Get("tasks")
}

func isList(doc []byte, n *document.Node) bool { return n != nil && doc[n.Start] == '[' }

// currentTag is what Task Master's state.json, beside the file or above it, says; "" if it does not.
func currentTag(dir string) string {
	for _, path := range []string{filepath.Join(dir, "state.json"), filepath.Join(filepath.Dir(dir), "state.json")} {
		text, err := document.ReadRegular(path, 1<<20)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var state struct {
			CurrentTag string `json:"currentTag"`
		}
		if err == nil && json.Unmarshal(text, &state) == nil {
			return state.CurrentTag
		}
	}
	return ""
}

// masterTask reads what a task is called, how it stands and what it depends on.
func (f *taskFile) masterTask(m *masterFile, n *document.Node, parent *masterTask) *masterTask {
	if m.doc[n.Start] != '{' {
		f.Add(document.PlaceAt(m.doc, n.Start), "", "expected a task, an object", "")
		return nil
	}
	table := f.masterTable(m, n)
	t := &masterTask{node: n, parent: parent, title: table.Text("title")}
	t.id = table.ID("id", "")
	if parent != nil && !strings.HasPrefix(t.id, parent.id+".") {
		t.id = parent.id + "." + t.id
	}
	if description, _ := table.Values["description"].(string); t.title == "" && description == "" {
		table.Mistake("title", "missing", "a task says what is to be done")
	}
	if t.priority, _ = table.Take("priority"); t.priority == nil && parent != nil {
		t.priority = parent.priority
	}
	t.result, _ = table.Values["details"].(string)
	t.status = document.Choice(table, "status", statuses...)
	t.depends = table.IDs("dependencies")
	if subs := n.Get("subtasks"); parent == nil && isList(m.doc, subs) {
		for _, sub := range subs.Elements {
			if s := f.masterTask(m, sub, t); s != nil {
				t.subs = append(t.subs, s)
			}
		}
		for _, s := range t.subs {
			s.depends = siblings(t, s)
		}
	}
	return t
}

// siblings are the dependencies of a subtask: a number is that of its sibling, if there is one.
func siblings(parent, s *masterTask) (ids []string) {
	for _, id := range s.depends {
		sibling := parent.id + "." + id
		switch {
		case slices.ContainsFunc(parent.subs, func(other *masterTask) bool { return other.id == sibling }):
			ids = append(ids, sibling)
		case id != parent.id: // which waits for its subtasks
			ids = append(ids, id)
		}
	}
	return ids
}

// masterTable is the object of a task as a table, each key at its place.
func (f *taskFile) masterTable(m *masterFile, n *document.Node) *document.Table {
	values := make(map[string]any, len(n.Keys))
	for i, key := range n.Keys {
		d := json.NewDecoder(bytes.NewReader(n.Elements[i].Raw(m.doc)))
		d.UseNumber()
		var v any
		if key.Name != "subtasks" && d.Decode(&v) == nil {
			values[key.Name] = plain(numbersAsIDs(key.Name, v))
		}
	}
	f.JSON = true
	f.locateIn(m, n)
	return &document.Table{Source: f.Source, Values: values}
}

// numbersAsIDs keeps numbers that are ids as they are written: 1.10 is another subtask than 1.1.
func numbersAsIDs(key string, v any) any {
	switch number := v.(type) {
	case json.Number:
		if key == "id" || key == "dependencies" {
			return number.String()
		}
	case []any:
		for i := range number {
			number[i] = numbersAsIDs(key, number[i])
		}
	}
	return v
}

// locateIn gives mistakes the places of the keys of a task.
func (f *taskFile) locateIn(m *masterFile, n *document.Node) func(path []string) document.Place {
	f.Locate = func(path []string) document.Place {
		at := n.Start
		for _, key := range n.Keys {
			if len(path) > 0 && key.Name == path[0] {
				at = key.Start
			}
		}
		return document.PlaceAt(m.doc, at)
	}
	return f.Locate
}

package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// element is a JSON value in a file: a line, or an element of an array.
type element struct {
	text     []byte
	line     int    // where text begins, from 1
	column   int    // the characters before it in that line
	offset   int64  // the bytes before it in the file
	fallback string // the id that it has if it says none
}

// place is where a byte of the text stands.
func (e *element) place(at int) document.Place {
	before := e.text[:min(at, len(e.text))]
	line, column := e.line, e.column
	if end := bytes.LastIndexByte(before, '\n'); end >= 0 {
		line, column = line+bytes.Count(before, []byte("\n")), 0
		before = before[end+1:]
	}
	return document.Place{Line: line, Column: column + utf8.RuneCount(before) + 1}
}

// element reads a task, or a row of data, from an object.
func (f *taskFile) element(e element) {
	if at := document.InvalidUTF8(e.text); at >= 0 {
		f.Add(e.place(at), "", fmt.Sprintf("byte %d of the file is not UTF-8", e.offset+int64(at)), "save the file as UTF-8")
		return
	}
	if at := nestedTooDeep(e.text, maxJSONNesting); at >= 0 {
		f.Add(e.place(at), "", fmt.Sprintf("objects and arrays are nested more than %d deep", maxJSONNesting), "")
		return
	}
	keys, bad := decodeObject(e.text)
	if bad != nil {
		f.Add(e.place(bad.at), bad.key, bad.message, bad.hint)
		return
	}
	if f.template.asks() && !isBatchLine(keys) {
		f.object(e)
		return
	}
	f.Locate = func(path []string) document.Place {
		if len(path) == 0 {
			return document.Place{Line: e.line}
		}
		return e.place(keyOffset(e.text, path[0]))
	}
	if line := f.requestLine(e, keys); line != nil {
		f.add(f.batch(line, e.line, e.fallback), document.Place{Line: e.line})
		return
	}
	if is := foreignLine(e.text, keys); is != nil {
		f.tell(document.Place{Line: e.line}, is)
		return
	}
	t := &document.Table{Source: f.Source, Values: keys}
	if t.Has("foreach") {
		f.elements(t, e)
		return
	}
	if missing := f.defaults(keys, e); missing {
		return
	}
	task := f.row(t, e.line, e.fallback)
	if keys["prompt"] != nil && f.inspection == nil {
		task = f.keepPlace(task, e)
	}
	f.add(task, document.Place{Line: e.line})
}

// isBatchLine reports whether an object is a request as a batch has it, whatever a template says of rows.
func isBatchLine(keys map[string]any) bool {
	_, isBody := keys["body"].(json.RawMessage)
	return isBody && keys["custom_id"] != nil
}

// object reads a row of data.
func (f *taskFile) object(e element) {
	o := objectOf(e.text)
	r := dataRow{record: recordOf(o), line: e.line, fallback: e.fallback}
	start := len(e.text) - len(bytes.TrimLeft(e.text, " \t\r\n"))
	r.place = func(column string) document.Place {
		if column != "" && o.has(column) && column == f.idColumn() {
			return e.place(keyOffset(e.text, column))
		}
		return e.place(start)
	}
	task, missing := f.data(r)
	if missing != nil {
		f.Add(e.place(start), "", missing.Error(), document.DidYouMean(missing.path[len(missing.path)-1], missing.near))
		return
	}
	f.add(task, document.Place{Line: e.line})
}

// defaults gives the object of a task what a template without a prompt says and the object does not.
func (f *taskFile) defaults(keys map[string]any, e element) (missing bool) {
	if len(f.template.values) == 0 {
		return false
	}
	values := make(map[string]any)
	if err := f.fill(values, recordOf(objectOf(e.text))); err != nil {
		f.Add(e.place(0), "", err.Error(), "")
		return true
	}
	for key, value := range values {
		if keys[key] == nil {
			keys[key] = value
		}
	}
	return false
}

// elements are the tasks of an object that stands for several.
func (f *taskFile) elements(t *document.Table, e element) {
	list := f.foreach(t, e.line)
	for _, task := range list {
		if f.inspection != nil && task.Group != "" { // what depends on the group finds it
			f.inspection.first[task.Group], f.inspection.groups[task.Group] = -1, true
		}
		f.add(task, document.Place{Line: e.line})
	}
}

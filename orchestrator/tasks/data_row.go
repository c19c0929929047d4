package tasks

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// taskKeys are the keys of a [[task]] that a column of a table may be named after, and that [template] has.
var taskKeys = strings.Fields("id prompt prompt_file system depends_on priority value labels worker model " +
	"max_output_tokens min_output_tokens max_tokens max_cost temperature seed stop images schema")

// dataRow is a row of a file of data: what is said of one task, with the place of each column.
type dataRow struct {
	record
	line     int
	fallback string                             // the id, where it says none
	keys     bool                               // columns that are named after a key of a task are that
	asked    string                             // the column that is the prompt, where no template says it
	place    func(column string) document.Place // of the row itself for ""
}

// data makes the task of a row. ok is false where the template asks for what the row does not have: then missing says what.
func (f *taskFile) data(r dataRow) (task worker.Task, missing *missingField) {
	values := make(map[string]any)
	if r.keys {
		for i, name := range r.names {
			if text, _ := r.values[i].(string); text != "" && slices.Contains(taskKeys, name) {
				values[name] = typed(name, text)
			}
		}
	}
	if r.asked != "" {
		values["prompt"], _ = r.field(r.asked)
	}
	if err := f.fill(values, r.record); err != nil {
		if errors.As(err, &missing) {
			return task, missing
		}
		f.Add(r.place(""), "", err.Error(), "")
	}
	f.setID(values, r)
	f.Locate = func(path []string) document.Place {
		if len(path) > 0 {
			return r.place(path[0])
		}
		return r.place("")
	}
	task = f.row(&document.Table{Source: f.Source, Values: values}, r.line, r.fallback)
	task.Columns = r.columns()
	return task, nil
}

// fill puts what the template says about a row into the values of its task, over those that are there.
func (f *taskFile) fill(values map[string]any, r record) error {
	f.template.row = r
	keys := slices.Sorted(maps.Keys(f.template.values)) // depends_on before prompt
	for _, key := range keys {
		value := f.template.values[key]
		if key == "depends_on" && f.template.said != nil { // the file says it
			continue
		}
		list, _ := values["depends_on"].([]any)
		f.template.again = len(list) > 0
		v, err := value()
		var missing *missingField
		switch {
		case errors.As(err, &missing):
			return missing
		case err != nil:
			return fmt.Errorf("%s: %w", key, err)
		}
		if v = typed(key, v); v != "" || key == "prompt" {
			values[key] = v
		}
	}
	return nil
}

// setID takes the id of a row from its column.
func (f *taskFile) setID(values map[string]any, r dataRow) {
	column := f.idColumn()
	delete(values, "id")
	if f.template.numbered || f.template.id == "" && !r.has("id") {
		return
	}
	id, err := r.field(column)
	text, isText := id.(string)
	switch {
	case err != nil:
		near := ""
		if !slices.Contains(r.names, column) {
			near = document.DidYouMean(column, r.names)
		}
		f.Add(r.place(""), "id", fmt.Sprintf("the row has no %s", document.Quote(column)), near)
	case !isText || strings.TrimSpace(text) == "":
		f.Add(r.place(column), "id", "is empty", "give the row an id; --id= numbers the rows instead")
	default:
		values["id"] = text
	}
}

// idColumn is the column whose texts are the ids.
func (f *taskFile) idColumn() string { return cmp.Or(f.template.id, "id") }

// typed is what a text of a table, or of a template, says for a key whose value is no text.
func typed(key string, v any) any {
	if list, isList := v.([]any); isList && (key == "labels" || key == "depends_on") {
		return slices.DeleteFunc(list, func(v any) bool { return v == "" })
	}
	text, isText := v.(string)
	if !isText {
		return v
	}
	switch key {
	case "priority":
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
			return n
		}
	case "seed":
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
			return n
		}
	case "value", "temperature":
		if n, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return n
		}
	case "labels", "depends_on", "images":
		list := []any{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list
	}
	return text
}

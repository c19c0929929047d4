package tasks

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
)

// master makes tasks of those that are not done. A subtask waits for what its parent depends on, a parent for its
// subtasks. What is done is no task any more: those that depend on it have its details in its place.
func (f *taskFile) master(m *masterFile) {
	byID := make(map[string]*masterTask, len(m.tasks))
	for _, t := range m.tasks {
		if first := byID[t.id]; first != nil && !(f.runs(first) && f.runs(t)) { // else it is told with other ids
			f.Add(document.PlaceAt(m.doc, t.node.Start), "id", fmt.Sprintf("%s is the id of another task as well", document.Quote(t.id)), "give each task its own")
		}
		byID[t.id] = t
	}
	for _, t := range m.tasks {
		if f.runs(t) {
			f.masterRow(m, t, byID)
		}
	}
}

// runs reports whether a task is left to do: neither it nor its parent is done, or the run that is gone on with did it.
func (f *taskFile) runs(t *masterTask) bool {
	return f.Again[t.id] || !isDone(t.status) && (t.parent == nil || !isDone(t.parent.status))
}

// masterRow makes one task.
func (f *taskFile) masterRow(m *masterFile, t *masterTask, byID map[string]*masterTask) {
	place := document.PlaceAt(m.doc, t.node.Start)
	waits := slices.Clone(t.depends)
	for _, s := range t.subs {
		waits = append(waits, s.id)
	}
	if t.parent != nil {
		waits = append(waits, t.parent.depends...)
	}
	var upstream []*masterTask
	open := []any{}
	for _, id := range waits {
		up := byID[id]
		switch {
		case up == nil:
			f.Add(f.locateIn(m, t.node)([]string{"dependencies"}), "dependencies", fmt.Sprintf("task %s depends on %s, which is not in the file", t.id, document.Quote(id)), "")
		case slices.Contains(upstream, up):
		default:
			if upstream = append(upstream, up); f.runs(up) {
				open = append(open, id)
			}
		}
	}
	values := map[string]any{"id": t.id, "prompt": m.prompt(f, t, upstream), "depends_on": open, "priority": t.priority}
	if err := f.fillMaster(values, recordOf(objectOf(t.node.Raw(m.doc))), byID); err != nil {
		f.Add(place, "", err.Error(), "")
		return
	}
	f.locateIn(m, t.node)
	task := f.row(&document.Table{Source: f.Source, Values: values}, place.Line, t.id)
	task.Columns = record{names: []string{"id", "title"}, values: []any{t.id, t.title}}.columns()
	f.add(task, place)
}

// fillMaster is fill for a task that may name outputs: that of one that is done is what it says of itself.
func (f *taskFile) fillMaster(values map[string]any, r record, byID map[string]*masterTask) error {
	f.template.said = func(id string) (string, bool) {
		up := byID[id]
		if up == nil || f.runs(up) {
			return "", false
		}
		return up.result, true
	}
	err := f.fill(values, r)
	var missing *missingField
	if errors.As(err, &missing) {
		return fmt.Errorf("the task has no %s", document.Quote(strings.Join(missing.path, ".")))
	}
	return err
}

// prompt is what is asked about a task, with what those that it depends on came to.
func (m *masterFile) prompt(f *taskFile, t *masterTask, upstream []*masterTask) string {
	if f.template.asks() {
		return ""
	}
	var b strings.Builder
	waits := slices.ContainsFunc(upstream, f.runs)
	write := func(text string) {
		if waits {
			text = literal(text)
		}
		b.WriteString(text)
	}
	if t.parent != nil {
		write("This is a part of: " + t.parent.title + "\n\n")
	}
	write(t.title)
	for _, part := range []struct{ before, text string }{
		{"", m.text(t, "description")}, {"", m.text(t, "details")}, {"How it is checked: ", m.text(t, "testStrategy")},
	} {
		if strings.TrimSpace(part.text) != "" {
			write("\n\n" + part.before + part.text)
		}
	}
	for _, up := range upstream {
		if up.result == "" && !f.runs(up) {
			continue
		}
		write("\n\nResult of " + up.id + ", " + up.title + ":\n")
		if f.runs(up) {
			fmt.Fprintf(&b, "{{ output %q }}", up.id)
		} else {
			write(up.result)
		}
	}
	return b.String()
}

func (m *masterFile) text(t *masterTask, key string) string {
	v, err := recordOf(objectOf(t.node.Raw(m.doc))).field(key)
	if err != nil {
		return ""
	}
	return fmt.Sprint(v)
}

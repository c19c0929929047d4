package tasks

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// maxElements bounds the tasks that an output is made of: each may cost as much as another.
const maxElements = 10_000

// unfolding is a template whose list is the output of a task: its elements are known while the run goes.
type unfolding struct {
	group, of  string
	most, line int
	template   *rowTemplate
}

var outputExpression = regexp.MustCompile("^\\s*\\{\\{-?\\s*output\\s+(\"[^\"]*\"|`[^`]*`)\\s*-?\\}\\}\\s*$")

// outputOf is the id of the task whose output the value of foreach stands for, "" where it is something else.
func outputOf(v any) string {
	text, _ := v.(string)
	if match := outputExpression.FindStringSubmatch(text); match != nil {
		return match[1][1 : len(match[1])-1]
	}
	return ""
}

// ofOutput is the task that stands for those of an output.
func (f *taskFile) ofOutput(t *document.Table, u unfolding) []worker.Task {
	depends, isList := t.Values["depends_on"].([]any)
	if (isList || !t.Has("depends_on")) && !slices.Contains(depends, any(u.of)) {
		t.Values["depends_on"] = append(slices.Clone(depends), u.of)
	}
	u.template = f.templateOf(t)
	if !u.template.asks() {
		return nil
	}
	u.template.numbered = true // what a model calls its elements may come twice, or be no id
	values := map[string]any{"id": u.group, "prompt": "of each"}
	for key, value := range t.Values {
		if !slices.Contains(foreachKeys, key) && key != "prompt" && key != "prompt_file" && !hasTemplate(value) {
			values[key] = value
		}
	}
	stands := f.row(t.With(values), u.line, "")
	stands.Prompt, stands.System = "", ""
	reader := f.Reader
	reader.Warn = func(Warning) {}
	file, dir := f.File, f.dir
	stands.Foreach = &worker.Foreach{Of: u.of, Columns: fieldsIn(t.Values), Tasks: func(output string) ([]worker.Task, error) {
		made := &taskFile{Source: document.NewSource(file), Reader: reader, dir: dir, template: u.template, partial: true}
		return made.unfold(u, output)
	}}
	return []worker.Task{stands}
}

// hasTemplate reports whether a value of a key is one for each row.
func hasTemplate(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "{{")
	case []any:
		return slices.ContainsFunc(v, hasTemplate)
	}
	return false
}

// fieldsIn are the names of the fields that the texts of a template ask for, in their order by key.
func fieldsIn(values map[string]any) (names []string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text, _ := values[key].(string)
		for _, action := range templateAction.FindAllString(text, -1) {
			for _, match := range fieldName.FindAllStringSubmatch(action, -1) {
				if name := match[1] + match[2]; !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

var (
	templateAction = regexp.MustCompile(`\{\{.*?\}\}`)
	fieldName      = regexp.MustCompile(`[\s(|]\.([A-Za-z_]\w*)|field\s+"([^"]*)"`)
)

// unfold makes the tasks of an output.
func (f *taskFile) unfold(u unfolding, output string) ([]worker.Task, error) {
	elements, err := elementsIn(output)
	if err != nil {
		return nil, fmt.Errorf("the output of %s %w", u.of, err)
	}
	list := make([]worker.Task, 0, len(elements))
	place := func(string) document.Place { return document.Place{Line: u.line} }
	for i, element := range elements {
		task, missing := f.data(dataRow{record: element, line: u.line, fallback: strconv.Itoa(i + 1), place: place})
		if missing != nil {
			return nil, fmt.Errorf("element %d of the output of %s: %w", i+1, u.of, missing)
		}
		list = append(list, task)
	}
	asGroup(list, u.group, u.most)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if f.Config != nil && !f.Simulated {
		err = CheckFormats(list, f.Config)
	}
	return list, err
}

// elementsIn are the elements of the array that an answer is, or that is alone in an object, as structured output has it.
func elementsIn(text string) ([]record, error) {
	raw := []byte(worker.JSONIn(text))
	if nestedTooDeep(raw, maxJSONNesting) >= 0 {
		return nil, fmt.Errorf("has objects and arrays nested more than %d deep", maxJSONNesting)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || list == nil {
		if list = onlyArray(raw); list == nil {
			return nil, errors.New(`is no JSON array: ask for one, or with a schema for an object with one in it`)
		}
	}
	if len(list) > maxElements {
		return nil, fmt.Errorf("has %d elements: the most is %d", len(list), maxElements)
	}
	rows := make([]record, len(list))
	for i, element := range list {
		rows[i] = rowOf(element)
	}
	return rows, nil
}

// onlyArray is the one array among the members of an object, nil if there is none, or another.
func onlyArray(raw []byte) (list []json.RawMessage) {
	if !json.Valid(raw) {
		return nil
	}
	for _, member := range objectOf(raw).values {
		var array []json.RawMessage
		if json.Unmarshal(member, &array) != nil || array == nil {
			continue
		}
		if list != nil {
			return nil
		}
		list = array
	}
	return list
}

// rowOf is an element in JSON as a row: the members of an object are its columns, anything else is its "item".
func rowOf(element json.RawMessage) record {
	if len(element) > 0 && element[0] == '{' {
		return recordOf(objectOf(element))
	}
	var text string
	if json.Unmarshal(element, &text) == nil && element[0] == '"' {
		return record{names: []string{"item"}, values: []any{text}}
	}
	return record{names: []string{"item"}, values: []any{element}}
}

// lists checks that the tasks whose outputs are lists are tasks, and not groups.
func (c *taskCheck) lists(isGroup func(id string) bool) {
	stand := make(map[string]bool)
	for _, t := range c.tasks {
		if t.Foreach != nil {
			stand[t.ID] = true
		}
	}
	for i, t := range c.tasks {
		if t.Foreach != nil && (stand[t.Foreach.Of] || isGroup(t.Foreach.Of)) {
			c.report(i, "foreach", fmt.Sprintf("%s is a group, whose outputs are many", document.Quote(t.Foreach.Of)), "let one task gather them, and answer with a list")
		}
	}
}

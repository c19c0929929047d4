package tasks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker"
)

// Check looks for mistakes that would stop a run later, when tokens were spent: ids that come twice, labels that are none,
// dependencies that are missing or go in circles, and templates that do not parse or name a task that is
// no dependency. With a configuration, each task's worker must be in it. The error joins [*Error]s
// at the tasks' own sources.
func Check(tasks []worker.Task, c *config.Config) error {
	m := &document.Mistakes{}
	check := taskCheck{tasks: tasks, full: m.Full}
	check.report = func(i int, key, message, hint string) {
		var at document.Place
		m.File, at = splitSource(tasks[i].Source)
		m.Add(at, key, message, hint)
	}
	check.all()
	check.carried()
	if c != nil {
		check.workers(c)
	}
	return m.Err()
}

// splitSource takes "tasks.toml:12" apart.
func splitSource(source string) (file string, at document.Place) {
	if i := strings.LastIndexByte(source, ':'); i >= 0 {
		if line, err := strconv.Atoi(source[i+1:]); err == nil {
			return source[:i], document.Place{Line: line}
		}
	}
	return source, document.Place{}
}

// taskCheck looks at tasks together. report takes what is wrong with a key of the i-th; once full, the
// reports are only counted.
type taskCheck struct {
	tasks  []worker.Task
	report func(i int, key, message, hint string)
	full   func() bool

	first map[string]int // the task of each id; -1 for one that depends on none and is not among tasks
}

// upstream is the task that the i-th depends on under an id. ok is false where that is none of tasks.
func (c *taskCheck) upstream(i int, id string) (j int, ok bool) {
	j, ok = c.first[id]
	return j, ok && j >= 0 && j != i
}

func (c *taskCheck) all() {
	c.ids()
	c.labels()
	c.dependencies()
	c.cycles()
	c.templates()
}

// alone checks what does not take other tasks to be seen.
func (c *taskCheck) alone(config *config.Config) {
	c.labels()
	c.templates()
	if config != nil {
		c.workers(config)
	}
}

func (c *taskCheck) ids() {
	c.first = make(map[string]int, len(c.tasks))
	for i, t := range c.tasks {
		if t.ID == "" {
			continue
		}
		j, twice := c.first[t.ID]
		if !twice {
			c.first[t.ID] = i
			continue
		}
		c.report(i, "id", fmt.Sprintf("%s is the id of another task as well, at %s", document.Quote(t.ID), c.tasks[j].Source), "give each task its own")
	}
}

// carried checks what tasks that were made in code carry into the results.
func (c *taskCheck) carried() {
	for i, t := range c.tasks {
		for _, field := range []struct {
			key   string
			value json.RawMessage
		}{{"metadata", t.Metadata}, {"columns", t.Columns}} {
			if field.value != nil && !(json.Valid(field.value) && bytes.TrimSpace(field.value)[0] == '{') {
				c.report(i, field.key, "expected an object in JSON", "")
			}
		}
	}
}

func (c *taskCheck) dependencies() {
	var ids []string // for hints, made once
	for i, t := range c.tasks {
		for _, dep := range t.DependsOn {
			if _, ok := c.first[dep]; ok && dep != t.ID {
				continue
			}
			if dep == t.ID {
				c.report(i, "depends_on", fmt.Sprintf("task %s depends on itself", t.ID), "")
				continue
			}
			hint := ""
			if !c.full() {
				if ids == nil {
					ids = c.allIDs()
				}
				hint = document.DidYouMean(dep, ids)
			}
			c.report(i, "depends_on", fmt.Sprintf("task %s depends on %s, which is not in the file", t.ID, document.Quote(dep)), hint)
		}
	}
}

func (c *taskCheck) allIDs() []string {
	return slices.Sorted(maps.Keys(c.first))
}

func (c *taskCheck) templates() {
	for i, t := range c.tasks {
		if t.Request != nil || t.Prompt == "" {
			c.messages(i)
			continue
		}
		if len(t.DependsOn) == 0 {
			if t.Columns == nil && forgotten.MatchString(t.Prompt) { // a row is data
				c.report(i, "prompt", "it asks for the output of a task, but the task has no depends_on", "name that task in depends_on")
			}
			continue
		}
		if err := checkTemplate(t); err != nil {
			c.report(i, "prompt", err.Error(), templateHint)
		}
	}
}

// messages refuses templates where none is expanded.
func (c *taskCheck) messages(i int) {
	t := c.tasks[i]
	if t.Parameters == nil {
		return
	}
	for _, m := range t.Parameters.Messages {
		if forgotten.MatchString(m.Text()) {
			c.report(i, "messages", "they ask for the output of a task, which only a prompt can have", "write a prompt, and the instructions as system")
			return
		}
	}
}

// forgotten is a template in a prompt that is taken literally. Other braces are nobody's business there.
var forgotten = regexp.MustCompile(`\{\{-?\s*output\s+["` + "`" + `]`)

// workers checks that the workers that tasks ask for exist.
func (c *taskCheck) workers(config *config.Config) {
	names := config.WorkerNames()
	for i, t := range c.tasks {
		if t.Worker == "" {
			continue
		}
		if _, ok := config.Worker(t.Worker); !ok {
			hint := "there are no [[workers]] in the configuration"
			if len(names) > 0 {
				hint = document.DidYouMean(t.Worker, names)
			}
			c.report(i, "worker", fmt.Sprintf("there is no worker %s", document.Quote(t.Worker)), hint)
		}
	}
}

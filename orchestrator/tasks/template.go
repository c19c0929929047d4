package tasks

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/orchestrate-go/orchestrate/worker"
)

// The prompt of a task that depends on others is a template of text/template. It has one function of its
// own, {{ output "id" }}, beside the few of the language that [templateFunctions] lists. The prompt of other tasks is
// taken literally.

// Expand returns the task with upstream outputs in its prompt. outputs returns the output of a task; it is
// asked for those that the prompt names, and put in as it is: what looks like a template in it stays.
// Tasks without dependencies are returned as they are.
func Expand(t worker.Task, outputs func(id string) (string, bool)) (worker.Task, error) {
	if len(t.DependsOn) == 0 || t.Request != nil || t.Prompt == "" {
		return t, nil
	}
	tmpl, err := parsePrompt(t, func(id string) (string, error) {
		group, isGroup := t.Gathers[id]
		if !isGroup {
			group = []string{id}
		}
		texts := make([]string, len(group))
		for i, id := range group {
			var ok bool
			if texts[i], ok = outputs(id); !ok {
				return "", fmt.Errorf("task %q has no output", id)
			}
		}
		return strings.Join(texts, "\n\n"), nil
	})
	if err == nil {
		b := boundedBuilder{}
		err = tmpl.Execute(&b, nil)
		t.Prompt = b.String()
	}
	if err != nil {
		return worker.Task{}, fmt.Errorf("%s: task %s: prompt: %w", t.Source, t.ID, templateError(err))
	}
	return t, nil
}

// boundedBuilder refuses more than a prompt may have.
type boundedBuilder struct{ strings.Builder }

var errPromptTooLarge = fmt.Errorf("is larger than %d MiB with the outputs in it", maxPrompt>>20)

func (b *boundedBuilder) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxPrompt {
		return 0, errPromptTooLarge
	}
	return b.Builder.Write(p)
}

// maxActions bounds the actions in a prompt: each may stand inside the one before it, and be carried out.
const maxActions = 1000

// parsePrompt parses the prompt of a task with dependencies. Only what carries out in moderate time is a template here:
// its length and its actions are bounded, and it passes treeCheck.
func parsePrompt(t worker.Task, output func(id string) (string, error)) (*template.Template, error) {
	if len(t.Prompt) > maxPrompt {
		return nil, errPromptTooLarge
	}
	if n := strings.Count(t.Prompt, "{{"); n > maxActions {
		return nil, fmt.Errorf("has %d times {{: the most is %d", n, maxActions)
	}
	tmpl, err := template.New("prompt").Funcs(template.FuncMap{"output": output}).Parse(t.Prompt)
	if err == nil {
		err = treeCheck{functions: templateFunctions, deps: append(slices.Collect(maps.Keys(t.Gathers)), t.DependsOn...)}.tree(tmpl)
	}
	return tmpl, err
}

// templateError leaves out where text/template says it comes from.
func templateError(err error) error {
	var exec template.ExecError
	if errors.As(err, &exec) && errors.Is(err, errPromptTooLarge) {
		return errPromptTooLarge
	}
	text := templatePrefix.ReplaceAllString(err.Error(), "line $1: ")
	return errors.New(text)
}

var templatePrefix = regexp.MustCompile(`^template: prompt:(\d+)(?::\d+)?: `)

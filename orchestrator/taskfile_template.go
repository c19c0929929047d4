package orchestrator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/orchestrate-go/orchestrate/worker"
)

// The prompt of a task that depends on others is a template of text/template. It has one function of its
// own, {{ output "id" }}, beside those of the language. The prompt of other tasks is taken literally.

const templateHint = `write {{ output "id" }} with an id in depends_on, and {{ "{{" }} for the braces themselves`

// Expand returns the task with upstream outputs in its prompt. outputs returns the output of a task; it is
// asked for those that the prompt names, and put in as it is: what looks like a template in it stays.
// Tasks without dependencies are returned as they are.
func Expand(t worker.Task, outputs func(id string) (string, bool)) (worker.Task, error) {
	if len(t.DependsOn) == 0 || t.Request != nil {
		return t, nil
	}
	output := func(id string) (string, error) {
		if !slices.Contains(t.DependsOn, id) {
			return "", fmt.Errorf("%q is not in depends_on", id)
		}
		text, ok := outputs(id)
		if !ok {
			return "", fmt.Errorf("task %q has no output", id)
		}
		return text, nil
	}
	tmpl, err := parsePrompt(t.Prompt, output)
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

func parsePrompt(prompt string, output func(id string) (string, error)) (*template.Template, error) {
	return template.New("prompt").Funcs(template.FuncMap{"output": output}).Parse(prompt)
}

// checkTemplate reports a prompt that could not be expanded whatever the outputs are.
func checkTemplate(t worker.Task) error {
	if !strings.Contains(t.Prompt, "{{") {
		return nil
	}
	tmpl, err := parsePrompt(t.Prompt, func(string) (string, error) { return "", nil })
	if err != nil {
		return templateError(err)
	}
	if len(tmpl.Templates()) > 1 {
		return errors.New("a prompt cannot define templates")
	}
	if tmpl.Tree == nil { // nothing but comments
		return nil
	}
	return checkNode(tmpl.Root, t.DependsOn)
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

// checkNode looks for calls of output: each must name a dependency, so that what a task needs is known
// before it runs.
func checkNode(n parse.Node, deps []string) error {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := checkNode(child, deps); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		return checkNode(n.Pipe, deps)
	case *parse.IfNode:
		return checkBranch(&n.BranchNode, deps)
	case *parse.RangeNode:
		return checkBranch(&n.BranchNode, deps)
	case *parse.WithNode:
		return checkBranch(&n.BranchNode, deps)
	case *parse.TemplateNode:
		return errors.New("a prompt cannot use other templates")
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			if err := checkCommand(command, deps); err != nil {
				return err
			}
		}
	case *parse.FieldNode, *parse.ChainNode:
		return fmt.Errorf("there is no field %s", n)
	}
	return nil
}

func checkBranch(n *parse.BranchNode, deps []string) error {
	for _, child := range []parse.Node{n.Pipe, n.List, n.ElseList} {
		if err := checkNode(child, deps); err != nil {
			return err
		}
	}
	return nil
}

func checkCommand(n *parse.CommandNode, deps []string) error {
	if name, ok := n.Args[0].(*parse.IdentifierNode); ok && name.Ident == "output" {
		if len(n.Args) != 2 || n.Args[1].Type() != parse.NodeString {
			return errors.New("output takes one id in quotes")
		}
		if id := n.Args[1].(*parse.StringNode).Text; !slices.Contains(deps, id) {
			return fmt.Errorf("output %q: the id is not in depends_on", id)
		}
		return nil
	}
	for _, arg := range n.Args {
		if name, ok := arg.(*parse.IdentifierNode); ok && name.Ident == "output" {
			return errors.New("output takes one id in quotes")
		}
		if err := checkNode(arg, deps); err != nil {
			return err
		}
	}
	return nil
}

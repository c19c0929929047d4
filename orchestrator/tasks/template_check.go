package tasks

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/orchestrate-go/orchestrate/worker"
)

const templateHint = `write {{ output "id" }} with an id in depends_on, and {{ "{{" }} for the braces themselves`

// templateFunctions are the functions that a prompt may call. What they return is never longer than what they are
// given: with the others (print, printf, js and their like) a short template says what takes all memory and for ever.
var templateFunctions = []string{"output", "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "slice"}

// checkTemplate reports a prompt that could not be expanded whatever the outputs are.
func checkTemplate(t worker.Task) error {
	if !strings.Contains(t.Prompt, "{{") {
		return nil
	}
	if _, err := parsePrompt(t, func(string) (string, error) { return "", nil }); err != nil {
		return templateError(err)
	}
	return nil
}

// checkTree reports what a prompt must not say: loops, templates in templates, functions that are not listed, and
// outputs that are not among deps, so that what a task needs is known before it runs.
func checkTree(tmpl *template.Template, deps []string) error {
	if len(tmpl.Templates()) > 1 {
		return errors.New("a prompt cannot define templates")
	}
	if tmpl.Tree == nil { // nothing but comments
		return nil
	}
	return checkNode(tmpl.Root, deps)
}

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
	case *parse.WithNode:
		return checkBranch(&n.BranchNode, deps)
	case *parse.RangeNode:
		return errors.New("a prompt cannot use range")
	case *parse.TemplateNode:
		return errors.New("a prompt cannot use other templates")
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			if err := checkCommand(command, deps); err != nil {
				return err
			}
		}
	case *parse.IdentifierNode:
		if !slices.Contains(templateFunctions, n.Ident) {
			return fmt.Errorf("a prompt cannot call %s, only %s", n.Ident, strings.Join(templateFunctions, ", "))
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

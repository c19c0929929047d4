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

// treeCheck says what a template must not say: loops, templates in templates, functions that are not listed. The prompt
// of a task names outputs among deps alone, so that what it needs is known before it runs; that of rows has fields, and
// outputs only where they are put in later, and by themselves.
type treeCheck struct {
	functions []string
	deps      []string
	rows      bool
	outputs   bool // in rows: there are dependencies
}

func (c treeCheck) tree(tmpl *template.Template) error {
	if len(tmpl.Templates()) > 1 {
		return errors.New("a prompt cannot define templates")
	}
	if tmpl.Tree == nil { // nothing but comments
		return nil
	}
	return c.node(tmpl.Root)
}

func (c treeCheck) node(n parse.Node) error {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := c.node(child); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		if c.rows && callsOutput(n.Pipe) {
			return c.rowOutput(n.Pipe.Cmds[0])
		}
		return c.node(n.Pipe)
	case *parse.IfNode:
		return c.branch(&n.BranchNode)
	case *parse.WithNode:
		return c.branch(&n.BranchNode)
	case *parse.RangeNode:
		return errors.New("a prompt cannot use range")
	case *parse.TemplateNode:
		return errors.New("a prompt cannot use other templates")
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			if err := c.command(command); err != nil {
				return err
			}
		}
	case *parse.IdentifierNode:
		if !slices.Contains(c.functions, n.Ident) {
			return fmt.Errorf("a prompt cannot call %s, only %s", n.Ident, strings.Join(c.functions, ", "))
		}
	case *parse.FieldNode:
		if !c.rows {
			return fmt.Errorf("there is no field %s", n)
		}
	case *parse.ChainNode:
		return fmt.Errorf("there is no field %s", n)
	}
	return nil
}

func (c treeCheck) branch(n *parse.BranchNode) error {
	for _, child := range []parse.Node{n.Pipe, n.List, n.ElseList} {
		if err := c.node(child); err != nil {
			return err
		}
	}
	return nil
}

func (c treeCheck) command(n *parse.CommandNode) error {
	if name, ok := n.Args[0].(*parse.IdentifierNode); ok && name.Ident == "output" {
		return c.output(n)
	}
	for _, arg := range n.Args {
		if name, ok := arg.(*parse.IdentifierNode); ok && name.Ident == "output" {
			return errors.New("output takes one id in quotes")
		}
		if err := c.node(arg); err != nil {
			return err
		}
	}
	return nil
}

func (c treeCheck) output(n *parse.CommandNode) error {
	switch {
	case c.rows:
		return errors.New("the output of a task stands by itself in the template of rows: {{ output \"id\" }}")
	case len(n.Args) != 2 || n.Args[1].Type() != parse.NodeString:
		return errors.New("output takes one id in quotes")
	}
	if id := n.Args[1].(*parse.StringNode).Text; !slices.Contains(c.deps, id) {
		return fmt.Errorf("output %q: the id is not in depends_on", id)
	}
	return nil
}

// rowOutput checks a call of output in the template of rows, whose id may be what a row says.
func (c treeCheck) rowOutput(n *parse.CommandNode) error {
	if !c.outputs {
		return errors.New("output: the template has no depends_on")
	}
	if len(n.Args) != 2 {
		return errors.New("output takes one id")
	}
	return c.node(n.Args[1])
}

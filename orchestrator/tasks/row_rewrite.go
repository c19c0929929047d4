package tasks

import (
	"strconv"
	"text/template/parse"
)

// The template of a row is parsed by text/template, and {{ .a.b }} in it then made {{ field "a" "b" }}: what a row says
// stays as it is written, and a column that is missing is an error that says which.

// rewriteList turns the fields in a list of nodes into calls. Where the result is expanded again, what is written is made
// literal, except for the outputs that are put in then.
func rewriteList(list *parse.ListNode, again bool) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			rewritePipe(n.Pipe)
			if again && len(n.Pipe.Decl) == 0 && !callsOutput(n.Pipe) {
				n.Pipe.Cmds = append(n.Pipe.Cmds, call("literal", n.Pos))
			}
		case *parse.IfNode:
			rewriteBranch(&n.BranchNode, again)
		case *parse.WithNode:
			rewriteBranch(&n.BranchNode, again)
		}
	}
}

func rewriteBranch(n *parse.BranchNode, again bool) {
	rewritePipe(n.Pipe)
	rewriteList(n.List, again)
	rewriteList(n.ElseList, again)
}

func rewritePipe(pipe *parse.PipeNode) {
	for _, command := range pipe.Cmds {
		if field, ok := command.Args[0].(*parse.FieldNode); ok && len(command.Args) == 1 {
			command.Args = callField(field).Args
			continue
		}
		for i, arg := range command.Args {
			switch arg := arg.(type) {
			case *parse.FieldNode:
				command.Args[i] = &parse.PipeNode{NodeType: parse.NodePipe, Pos: arg.Pos, Cmds: []*parse.CommandNode{callField(arg)}}
			case *parse.PipeNode:
				rewritePipe(arg)
			}
		}
	}
}

func callField(n *parse.FieldNode) *parse.CommandNode {
	c := call("field", n.Pos)
	for _, name := range n.Ident {
		c.Args = append(c.Args, &parse.StringNode{NodeType: parse.NodeString, Pos: n.Pos, Quoted: strconv.Quote(name), Text: name})
	}
	return c
}

func call(name string, at parse.Pos) *parse.CommandNode {
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at, Args: []parse.Node{parse.NewIdentifier(name).SetPos(at)}}
}

// callsOutput reports whether a pipe is a call of output, and nothing else.
func callsOutput(pipe *parse.PipeNode) bool {
	name, ok := pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	return ok && name.Ident == "output" && len(pipe.Cmds) == 1
}

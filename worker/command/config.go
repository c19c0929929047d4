package command

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/worker"
)

// Config describes a command that does tasks. Command or Preset is needed, and Endpoint.
type Config struct {
	// Command is a program and its arguments; a preset has one of its own. In an argument {prompt}, {prompt_file},
	// {base_url}, {model} and {dir} stand for those of the task.
	Command []string

	// Preset is a coding agent that is known: what it needs is written for it, and its output understood. "" is none.
	Preset Preset

	// Prompt is how the prompt gets there. "" goes by the placeholders of Command: where there are none, it is
	// Stdin for presets and Argument for others.
	Prompt Prompt

	Model     string // for tasks that name none
	System    string // goes before the prompt of tasks that have no instructions of their own
	MaxOutput int64  // of each call, in tokens, where the preset can tell its agent; 0 leaves it to the agent

	Timeout  time.Duration // of an attempt; 0 is none
	Grace    time.Duration // between SIGTERM and SIGKILL, and between the end of the budget and SIGTERM; 0 is 5 s
	Attempts int           // of a command that fails or runs out of time, the first included; 0 is 1

	// Workspace is where the command works. Dir is the project's directory. In State workspaces are made, below the
	// name of the Run, and the homes of children, which are removed.
	Workspace       Workspace
	Dir, State, Run string

	// MaxOutputBytes bounds the output of a task, in bytes; 0 is 1 MiB. What is longer is cut, and marked so.
	MaxOutputBytes int

	// Pass names more variables of this process's environment that the child gets. Without it the child has those
	// that say where things are and how to talk to a person (PATH, HOME, LANG, TERM and their like).
	Pass []string

	// Endpoint opens the way to models for one attempt of a task. ctx carries what its calls are charged to; when it
	// ends, so do they. It may be called from many goroutines at once.
	Endpoint func(ctx context.Context, t worker.Task) (*Endpoint, error)
}

// Endpoint is the way to models for one child.
type Endpoint struct {
	BaseURL string // as clients of the format Kind take it
	Kind    string // the format that it speaks: "openai", "anthropic"
	Token   string // opens it, and nothing else

	// Ended is closed once the budget has refused a call. No call passes after it.
	Ended <-chan struct{}

	// Close ends it. When it returns no call is under way, and what passed is booked. It is called once.
	Close func() Passed
}

// Passed is what passed an endpoint.
type Passed struct {
	Calls   int   // that a model answered
	Refused error // the budget's refusal that ended it, or nil
	Failed  error // why the last call failed, nil where a model answered it
}

// Prompt is how a command gets its prompt.
type Prompt string

// The ways of a prompt.
const (
	Argument Prompt = "argument" // in place of {prompt}, else as the last argument
	File     Prompt = "file"     // as a file, in place of {prompt_file}, else as the last argument
	Stdin    Prompt = "stdin"
)

// Prompts lists the ways of a prompt.
var Prompts = []Prompt{Argument, File, Stdin}

// Workspace is the directory that a command works in.
type Workspace string

// The workspaces.
const (
	InPlace   Workspace = "none"      // the project's own directory
	Directory Workspace = "directory" // a fresh one, which stays
	Worktree  Workspace = "worktree"  // of git, on a branch of the task's own, which stays
)

// Workspaces lists the workspaces.
var Workspaces = []Workspace{InPlace, Directory, Worktree}

// The defaults of a [Config].
const (
	DefaultGrace          = 5 * time.Second
	DefaultMaxOutputBytes = 1 << 20
)

// Worker runs a command for each task. It is safe for concurrent use.
type Worker struct {
	Config
	agent agent
}

// New checks the configuration and fills in its defaults.
func New(c Config) (*Worker, error) {
	w := &Worker{Config: c}
	if c.Preset != "" {
		var known bool
		if w.agent, known = agents[c.Preset]; !known {
			return nil, fmt.Errorf("command: there is no preset %q", c.Preset)
		}
	}
	if len(w.Command) == 0 {
		w.Command = w.agent.command
	}
	switch {
	case len(w.Command) == 0 || w.Command[0] == "":
		return nil, fmt.Errorf("command: neither a command nor a preset")
	case c.Endpoint == nil:
		return nil, fmt.Errorf("command: no endpoint")
	case c.State == "":
		return nil, fmt.Errorf("command: no directory for homes and workspaces")
	case c.Workspace != "" && !slices.Contains(Workspaces, c.Workspace):
		return nil, fmt.Errorf("command: there is no workspace %q", c.Workspace)
	case c.Prompt != "" && !slices.Contains(Prompts, c.Prompt):
		return nil, fmt.Errorf("command: there is no way %q for a prompt", c.Prompt)
	}
	w.Prompt = cmp.Or(w.Prompt, w.promptOf())
	w.Workspace = cmp.Or(w.Workspace, InPlace)
	w.Grace = cmp.Or(w.Grace, DefaultGrace)
	w.Attempts = max(w.Attempts, 1)
	w.MaxOutputBytes = cmp.Or(w.MaxOutputBytes, DefaultMaxOutputBytes)
	return w, nil
}

// promptOf is how the command wants its prompt, by its placeholders.
func (w *Worker) promptOf() Prompt {
	has := func(placeholder string) bool {
		return slices.ContainsFunc(w.Command, func(arg string) bool { return strings.Contains(arg, placeholder) })
	}
	switch {
	case has("{prompt_file}"):
		return File
	case has("{prompt}"):
		return Argument
	case w.agent.command != nil:
		return Stdin
	}
	return Argument
}

package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orchestrate-go/orchestrate/orchestrator/internal/document"
	"github.com/orchestrate-go/orchestrate/worker/command"
)

// Command is how a worker runs a command for each task: see [command.Config].
type Command struct {
	Line      []string // command: a program and its arguments; a preset has its own
	Preset    command.Preset
	Prompt    command.Prompt // "" is the command's own way
	Workspace command.Workspace

	Timeout        time.Duration // of an attempt, an hour by default
	Attempts       int           // of a command that fails, the first included: 1 by default
	MaxOutputBytes int           // 1 MiB by default

	// Environment names variables that the command gets beside those that every child has.
	Environment []string
}

// commandKeys are those of a worker that runs a command, beside command and preset.
var commandKeys = []string{"prompt", "workspace", "timeout", "attempts", "max_output_bytes", "environment"}

// promptKeys are those that only a worker without a command has.
var promptKeys = []string{"temperature"}

// readCommand reads how a worker runs a command, nil if it does not.
func readCommand(t *document.Table) *Command {
	if !t.Has("command") && !t.Has("preset") {
		t.Allow("command", "preset")
		t.Refuse(commandKeys, "only a worker with a command or a preset has this key")
		return nil
	}
	c := &Command{
		Line:           t.Texts("command"),
		Workspace:      document.Choice(t, "workspace", command.Workspaces...),
		Timeout:        t.Duration("timeout", time.Hour, time.Second),
		Attempts:       int(t.Integer("attempts", 1, 1, 100)),
		MaxOutputBytes: int(t.Integer("max_output_bytes", command.DefaultMaxOutputBytes, 1, 1<<30)),
		Environment:    t.Texts("environment"),
	}
	if t.Has("preset") {
		c.Preset = document.Choice(t, "preset", command.Presets...)
	}
	if t.Has("prompt") {
		c.Prompt = document.Choice(t, "prompt", command.Prompts...)
	}
	t.Refuse(promptKeys, "a worker with a command has no such key: what it asks models for is its own")
	if t.Has("command") && (len(c.Line) == 0 || c.Line[0] == "") {
		t.Mistake("command", "names no program", `write command = ["my-agent", "{prompt}"]`)
	}
	for _, name := range c.Environment {
		if !envName.MatchString(name) {
			t.Mistake("environment", fmt.Sprintf("%s is not the name of an environment variable", document.Quote(name)), `write environment = ["GOPATH"]`)
		}
	}
	return c
}

// autoStart is what a worker with concurrency = "auto" begins with.
const autoStart = 4

// readConcurrency is the most tasks at once, and how many they are in the beginning where that is not the same, else 0.
func readConcurrency(t *document.Table, fallback int64) (most, start int) {
	if text, isText := t.Values["concurrency"].(string); isText {
		if t.Allow("concurrency"); text != "auto" {
			t.WrongType("concurrency", `a number of tasks, or "auto"`, text, "")
		}
		most = int(t.Integer("max_concurrency", 64, 1, 10_000))
		return most, min(autoStart, most)
	}
	most = int(t.Integer("concurrency", fallback, 1, 10_000))
	t.Refuse([]string{"max_concurrency"}, `goes with concurrency = "auto"`)
	return most, 0
}

// defaultConcurrency is how many tasks a worker does at once: one where commands share the project's directory.
func (w Worker) defaultConcurrency() int64 {
	if w.Command != nil && w.Command.Workspace == command.InPlace {
		return 1
	}
	return 4
}

// commands looks at the workers that run commands, and at their providers.
func (k checker) commands() {
	for i, w := range k.c.Workers {
		provider, known := k.c.Providers[w.Provider]
		if w.Command == nil || !known {
			continue
		}
		kind := string(provider.Kind)
		switch preset := w.Command.Preset; {
		case provider.Kind == KindSim:
			k.worker(i, "provider", "a command cannot reach a simulator", "run the tasks with --sim: a simulated worker takes the command's place")
		case !preset.Speaks(kind):
			k.worker(i, "provider", fmt.Sprintf("%s speaks %s, and provider %s is of kind %q", preset, strings.Join(preset.Kinds(), " or "), document.Quote(w.Provider), kind),
				"name a provider of that kind")
		}
		for _, p := range k.c.Providers {
			if p.APIKeyEnv != "" && slices.Contains(w.Command.Environment, p.APIKeyEnv) {
				k.worker(i, "environment", fmt.Sprintf("%s holds the key of provider %s: no command gets it", p.APIKeyEnv, document.Quote(p.Name)),
					"leave it out: the command has a token of its own")
			}
		}
	}
}

// put prints c among the keys of its worker.
func (c *Command) put(t map[string]any) {
	t["workspace"], t["timeout"] = string(c.Workspace), c.Timeout.String()
	t["attempts"], t["max_output_bytes"] = c.Attempts, c.MaxOutputBytes
	if c.Preset != "" {
		t["preset"] = string(c.Preset)
	}
	if c.Prompt != "" {
		t["prompt"] = string(c.Prompt)
	}
	if len(c.Line) > 0 {
		t["command"] = c.Line
	}
	if len(c.Environment) > 0 {
		t["environment"] = c.Environment
	}
}

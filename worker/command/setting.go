package command

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/orchestrate-go/orchestrate/worker"
)

// setting is what one attempt has around it.
type setting struct {
	task      worker.Task
	prompt    string
	model     string
	maxOutput int64 // of each call, 0 if that is the agent's own
	dir       string
	home      string // a directory of the attempt's own, which is removed
	endpoint  *Endpoint
	variables map[string]string // of the preset
}

// homePrefix begins the names of homes.
const homePrefix = "home-"

// settle makes a home for an attempt, with what the preset writes there.
func (w *Worker) settle(t worker.Task, dir string, e *Endpoint) (*setting, error) {
	s := &setting{
		task: t, prompt: t.Prompt, model: t.ModelAt(w.Model), maxOutput: cmp.Or(t.MaxOutput, w.MaxOutput), dir: dir, endpoint: e,
	}
	if system := cmp.Or(t.System, w.System); system != "" {
		s.prompt = system + "\n\n" + t.Prompt
	}
	err := os.MkdirAll(w.State, 0o700)
	home := ""
	if err == nil { // not in a directory for temporary files: Codex puts no programs there
		home, err = os.MkdirTemp(w.State, homePrefix)
	}
	if err != nil {
		return nil, fmt.Errorf("make a home for the command: %w", err)
	}
	s.home = home
	if w.agent.prepare != nil {
		if s.variables, err = w.agent.prepare(s); err != nil {
			s.leave()
			return nil, fmt.Errorf("write the configuration of %s: %w", w.Preset, err)
		}
	}
	return s, nil
}

// leave removes the home.
func (s *setting) leave() { _ = os.RemoveAll(s.home) }

// Tidy removes the homes that a process which died has left in a directory of workspaces. Nobody may work there.
func Tidy(state string) {
	left, _ := filepath.Glob(filepath.Join(state, homePrefix+"*"))
	for _, home := range left {
		_ = os.RemoveAll(home)
	}
}

// secrets are what no error repeats: the token, and the prompt line by line.
func (s *setting) secrets() []string {
	secrets := []string{s.endpoint.Token}
	for line := range strings.Lines(s.prompt) {
		if line = strings.TrimSpace(line); len(line) >= 8 { // shorter ones are words like others
			secrets = append(secrets, line)
		}
	}
	return secrets
}

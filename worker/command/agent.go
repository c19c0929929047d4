package command

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/orchestrate-go/orchestrate/budget"
)

// Preset names a coding agent that is known.
type Preset string

// The presets.
const (
	Codex    Preset = "codex"
	Claude   Preset = "claude"
	OpenCode Preset = "opencode"
	Gemini   Preset = "gemini"
)

// Presets lists the presets.
var Presets = []Preset{Codex, Claude, OpenCode, Gemini}

// Speaks reports whether the agent of a preset can talk to an endpoint of this kind. Without a preset nobody knows,
// and the answer is yes.
func (p Preset) Speaks(kind string) bool {
	if p == "" {
		return true
	}
	for _, k := range agents[p].kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// Kinds are the formats that the agent of a preset speaks.
func (p Preset) Kinds() []string { return agents[p].kinds }

// RefusalStatus is the status at which the agent of a preset stops asking for what the budget refused; 0 is its format's own.
func (p Preset) RefusalStatus() int { return agents[p].refusalStatus }

// agent is what is known of a coding agent: one file each.
type agent struct {
	command []string // runs a prompt from standard input, and writes a line of JSON for each event
	kinds   []string // formats that it speaks

	refusalStatus int // that it does not try again, 0 for 402

	// prepare writes the agent's configuration below the home of s and returns its variables.
	prepare func(s *setting) (map[string]string, error)

	// read understands a line of output. Lines that it does not know say nothing.
	read func(line []byte, said *said)
}

var agents = map[Preset]agent{Codex: codex, Claude: claude, OpenCode: openCode, Gemini: gemini}

// said is what an agent said of its work.
type said struct {
	message string        // its last
	failure string        // that it reports, "" for none
	usage   *budget.Usage // by its own count, nil if it does not say
}

func (s *said) count(u budget.Usage) {
	sum := u
	if s.usage != nil {
		sum = s.usage.Add(u)
	}
	s.usage = &sum
}

// event decodes a line; ok is false if it is none.
func event[T any](line []byte) (e T, ok bool) {
	err := json.Unmarshal(line, &e)
	return e, err == nil
}

// write puts a file below the home of s.
func (s *setting) write(name, text string) (path string, err error) {
	path = filepath.Join(s.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// quote is a text as a string of JSON, and of TOML.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string
	}
	return string(b)
}

// Package agents runs real coding agents through the command worker. It is a module of its own: the agents come from npm.
package agents

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is orchestrate, built for the tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "agents-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "orchestrate")
	build := exec.Command("go", "build", "-o", binary, "./cmd/orchestrate")
	build.Dir = "../../../.."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

const providerKey = "sk-provider-0123456789abcdef"

// cases are the agents with the formats that they speak.
var cases = []struct{ preset, program, kind, model string }{
	{"claude", "claude", "anthropic", "claude-sonnet-4-5"},
	{"opencode", "opencode", "openai", "gpt-4o"},
	{"opencode", "opencode", "anthropic", "claude-sonnet-4-5"},
	{"codex", "codex", "openai", "gpt-5.5"},
	{"gemini", "gemini", "gemini", "gemini-2.5-pro"},
}

// result is a line of the results file.
type result struct {
	Outcome, Reason, Output string
	Attempts                int
	Tokens                  int64
	Estimate                int64  // what was held for its calls
	Drift                   *int64 `json:"drift_tokens"`
	holds                   []entry
}

// entry is a hold in the books.
type entry struct {
	Op        string
	Counted   int64
	OutputCap int64 `json:"output_cap"`
	Hold      struct{ Tokens int64 }
}

// mostOutput is the most that a call of an agent asks for, in tokens.
const mostOutput = 16_384

// Each agent does a task in two turns, with a tool call; each is stopped by its task's limit after the first.
func TestAgents(t *testing.T) {
	for _, tc := range cases {
		bin, err := filepath.Abs("node_modules/.bin")
		if err != nil {
			t.Fatal(err)
		}
		for _, limited := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, %s, limited %v", tc.preset, tc.kind, limited), func(t *testing.T) {
				if _, err := os.Stat(filepath.Join(bin, tc.program)); err != nil {
					t.Skipf("%s is not installed (cmd/orchestrate/compat/agents/run installs it)", tc.program)
				}
				p := newProvider(t)
				a := agent{bin, tc.preset, tc.kind, tc.model}
				r := a.work(t, p, `{"id": "note", "prompt": "What does note.txt say?"}`)
				if strings.Contains(r.Reason, "is not metered") {
					t.Skipf("the door does not speak its format yet: %s", r.Reason)
				}
				if limited { // the first call fits, with what it holds; the second does not
					p.forget()
					r = a.work(t, p, fmt.Sprintf(`{"id": "note", "prompt": "What does note.txt say?", "max_tokens": %d}`, r.Estimate/2))
				}
				requests, tokens := p.billed()
				t.Logf("%+v, %d requests, %d tokens billed", r, requests, tokens)
				for key := range p.keys {
					if !strings.Contains(key, providerKey) {
						t.Errorf("the provider was shown %q", key)
					}
				}
				if r.Attempts != requests || r.Tokens != tokens {
					t.Errorf("%d calls and %d tokens are on the books of the task, %d and %d were billed", r.Attempts, r.Tokens, requests, tokens)
				}
				for i, hold := range r.holds {
					t.Logf("held %d for an input of %d and %d of output", hold.Hold.Tokens, hold.Counted, hold.OutputCap)
					if sent := p.caps[i]; hold.OutputCap > mostOutput || sent != hold.OutputCap || hold.Hold.Tokens < hold.Counted+sent {
						t.Errorf("of that, the provider was sent a cap of %d", sent)
					}
				}
				if len(r.holds) != requests {
					t.Errorf("%d holds", len(r.holds))
				}
				if limited {
					if r.Outcome != "exhausted" || requests != 1 {
						t.Errorf("%s: %s, after %d requests", r.Outcome, r.Reason, requests)
					}
					return
				}
				if r.Outcome != "done" || r.Output != lastWord || requests != 2 {
					t.Errorf("%s: %s, output %q, %d requests", r.Outcome, r.Reason, r.Output, requests)
				}
				if r.Drift == nil || *r.Drift != 0 {
					t.Errorf("drift %v", r.Drift)
				}
			})
		}
	}
}

// agent is one of the cases.
type agent struct{ bin, preset, kind, model string }

// work does one task in a project of its own, whose books are sound afterwards.
func (a agent) work(t *testing.T, p *provider, task string) (r result) {
	t.Helper()
	dir := t.TempDir()
	base := p.URL + map[string]string{"openai": "/v1", "gemini": "/v1beta"}[a.kind]
	files := map[string]string{
		"note.txt":    "Hello: under one budget.\n",
		"tasks.jsonl": task + "\n",
		"orchestrate.toml": fmt.Sprintf(`
[[workers]]
name = "agent"
provider = %[1]q
model = %[2]q
preset = %[3]q
timeout = "2m"
[providers.%[1]s]
base_url = %[4]q
api_key_env = "FAR_KEY"
`, a.kind, a.model, a.preset, base),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errs := a.ask(t, dir, "run", "tasks.jsonl", "--progress", "off")
	if strings.Contains(errs, "providers."+a.kind+".kind") {
		t.Skipf("no provider can be of its kind yet: %s", errs)
	}
	if json.Unmarshal([]byte(out), &r) != nil {
		t.Fatalf("no result: %s%s", out, errs)
	}
	a.ask(t, dir, "ledger", "verify")
	exported, _ := a.ask(t, dir, "ledger", "export")
	for line := range strings.Lines(exported) {
		var l struct{ Entry entry }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Entry.Op == "reserve" {
			r.holds = append(r.holds, l.Entry)
		}
	}
	return r
}

// ask runs orchestrate in a project, and returns what it writes.
func (a agent) ask(t *testing.T, dir string, args ...string) (string, string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "FAR_KEY="+providerKey, "PATH="+a.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && args[0] != "run" {
		t.Fatalf("%v: %v\n%s", args, err, errs.String())
	}
	return out.String(), errs.String()
}

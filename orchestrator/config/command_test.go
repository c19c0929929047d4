package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/worker/command"
)

const commands = `
[[workers]]
name = "claude"
provider = "anthropic"
model = "claude-sonnet-4-5"
preset = "claude"

[[workers]]
name = "script"
provider = "openai"
model = "gpt-4o"
command = ["sh", "agent.sh", "{prompt_file}"]
prompt = "file"
workspace = "worktree"
timeout = "10m"
attempts = 2
max_output_bytes = 5000
environment = ["GOPATH"]
concurrency = 3
max_output_tokens = "4k"
system = "Be brief."

[[workers]]
name = "capped"
provider = "openai"
model = "gpt-4o-mini"
preset = "opencode"
workspace = "directory"

[providers.anthropic]
[providers.openai]
[providers.openai.models."gpt-4o-mini"]
default_max_output_tokens = 8000
`

func TestWorkersWithCommands(t *testing.T) {
	got, warnings, err := Parse("orchestrate.toml", []byte(commands))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := []Worker{
		{Name: "claude", Provider: "anthropic", Model: "claude-sonnet-4-5", Concurrency: 1, MaxOutput: 16_384, Command: &Command{
			Preset: command.Claude, Workspace: command.InPlace, Timeout: time.Hour, Attempts: 1, MaxOutputBytes: 1 << 20,
		}},
		{Name: "script", Provider: "openai", Model: "gpt-4o", Concurrency: 3, MaxOutput: 4000, System: "Be brief.", Command: &Command{
			Line: []string{"sh", "agent.sh", "{prompt_file}"}, Prompt: command.File, Workspace: command.Worktree,
			Timeout: 10 * time.Minute, Attempts: 2, MaxOutputBytes: 5000, Environment: []string{"GOPATH"},
		}},
		{Name: "capped", Provider: "openai", Model: "gpt-4o-mini", Concurrency: 4, MaxOutput: 8000, Command: &Command{
			Preset: command.OpenCode, Workspace: command.Directory, Timeout: time.Hour, Attempts: 1, MaxOutputBytes: 1 << 20,
		}},
	}
	if diff := cmp.Diff(want, got.Workers); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, _, err := Parse("printed.toml", []byte(got.TOML()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.Workers, again.Workers); diff != "" {
		t.Errorf("what is printed reads otherwise (-read +printed):\n%s", diff)
	}
}

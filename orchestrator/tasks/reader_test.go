package tasks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/orchestrate-go/orchestrate/budget"
	"github.com/orchestrate-go/orchestrate/middleware/wire"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
	"github.com/orchestrate-go/orchestrate/worker"
)

// parseBody stands for a wire format.
func parseBody(_ wire.Format, body []byte) (*wire.Request, error) {
	var b struct {
		Model     string `json:"model"`
		MaxTokens int64  `json:"max_tokens"`
		Messages  []struct{ Role, Content string }
	}
	err := json.Unmarshal(body, &b)
	r := &wire.Request{Model: b.Model, MaxOutput: b.MaxTokens, Body: &wire.Body{Bytes: body}}
	for _, m := range b.Messages {
		r.Messages = append(r.Messages, wire.Text(m.Role, m.Content))
	}
	return r, err
}

// Each fixture holds mistakes of one sort; the .want file beside it is what a person reads.
func TestMistakes(t *testing.T) {
	filetest.Each(t, "testdata/mistakes/*", func(t *testing.T, name string) string {
		tasks, err := Reader{ParseBody: parseBody}.Load(name)
		if err == nil || tasks != nil {
			t.Fatalf("%d tasks, no error", len(tasks))
		}
		found, inspectErr := Reader{ParseBody: parseBody}.Inspect(name)
		if inspectErr == nil || found.Tasks != 0 || inspectErr.Error() != err.Error() {
			t.Errorf("Inspect: %v\nLoad: %v", inspectErr, err)
		}
		var one *Error
		if !errors.As(err, &one) || one.File != name {
			t.Errorf("not an Error of the file: %#v", one)
		}
		return err.Error() + "\n"
	})
}

func ptr[T any](v T) *T { return &v }

func TestLoadTOML(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "long.md", "\ufeffA long prompt.\n")
	path := filetest.Write(t, dir, "tasks.toml", `# Two tasks.
[[task]]
id = "outline"
prompt = "List {{ three }} points."
system = "Be brief."
priority = "high"
value = 3
worker = "writer"
model = "gpt-4o"
max_output_tokens = "1k"
min_output_tokens = 100
max_tokens = "50k"
max_cost = "0.25"

[[task]]
id = 2
prompt_file = "long.md"
depends_on = ["outline"]
priority = -5
`)
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []worker.Task{
		{
			ID: "outline", Prompt: "List {{ three }} points.", System: "Be brief.", Priority: 1, Value: ptr(3.0), Worker: "writer", Model: "gpt-4o",
			MaxOutput: 1000, MinOutput: 100, Limit: budget.TokenLimit(50_000).WithCost(250_000_000), Source: path + ":2",
		},
		{ID: "2", Prompt: "A long prompt.\n", DependsOn: []string{"outline"}, Priority: -5, Source: path + ":15"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadJSONL(t *testing.T) {
	lines := strings.Join([]string{
		`{"id": "a", "prompt": "One", "priority": 3, "max_tokens": "1k", "system": null}`,
		``,
		`{"prompt": "Two", "depends_on": ["a"]}`,
		`{"custom_id": "req/1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-4o", "max_tokens": 9, "messages": [{"role": "user", "content": "Three"}]}}`,
	}, "\r\n")
	got, err := Reader{Stdin: strings.NewReader("\ufeff" + lines), ParseBody: parseBody}.Load("-")
	if err != nil {
		t.Fatal(err)
	}
	want := []worker.Task{
		{ID: "a", Prompt: "One", Priority: 3, Limit: budget.Limit{Tokens: ptr(int64(1000))}, Source: "stdin:1"},
		{ID: "line-3", Prompt: "Two", DependsOn: []string{"a"}, Source: "stdin:3", Numbered: true},
		{ID: "req/1", Model: "gpt-4o", MaxOutput: 9, Source: "stdin:4", Request: &wire.Request{
			Model: "gpt-4o", MaxOutput: 9, Messages: wire.Prompt("Three"),
			Body: &wire.Body{Bytes: []byte(`{"model": "gpt-4o", "max_tokens": 9, "messages": [{"role": "user", "content": "Three"}]}`)},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBatchLinesNeedAParser(t *testing.T) {
	_, err := Reader{Stdin: strings.NewReader(`{"custom_id": "a", "body": {}}`)}.Load("-")
	const want = "stdin:1:20: body: request bodies cannot be read here (give the line a prompt instead)"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestTaskFormatIsTold(t *testing.T) {
	const toml, jsonl = "[[task]]\nid = \"a\"\nprompt = \"x\"\n", `{"id": "a", "prompt": "x"}`
	for _, tt := range []struct{ name, content string }{
		{"t.toml", toml}, {"t.TOML", toml}, {"t.jsonl", jsonl}, {"t.ndjson", jsonl}, {"t.json", jsonl},
		{"tasks", toml}, {"tasks", jsonl}, {"tasks", "\ufeff\n  " + jsonl}, {"tasks.txt", "# x\n" + toml},
	} {
		tasks, err := Load(filetest.Write(t, t.TempDir(), tt.name, tt.content))
		if err != nil || len(tasks) != 1 || tasks[0].ID != "a" {
			t.Errorf("%s with %q: %v, %v", tt.name, tt.content, tasks, err)
		}
	}
}

// mistakesIn returns the message for a task file that is given as it is typed on standard input.
func mistakesIn(content string) string {
	_, err := Reader{Stdin: strings.NewReader(content), ParseBody: parseBody}.Load("-")
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTaskFilesThatAreTooLargeOrNoText(t *testing.T) {
	large := strings.Repeat("x", maxPrompt+1)
	for name, tt := range map[string]struct{ content, want string }{
		"prompt in TOML":  {"[[task]]\nid = \"a\"\nprompt = \"" + large + "\"", "stdin:3:1: prompt: has 8388609 bytes: the most is 8 MiB (split the task)"},
		"prompt in JSONL": {`{"id": "a", "prompt": "` + large + `"}`, "stdin:1:13: prompt: has 8388609 bytes: the most is 8 MiB (split the task)"},
		"line": {
			`{"id": "a", "prompt": "` + large + large + `"}` + "\n" + `{"id": "b"}`,
			"stdin:1: the line has 16777244 bytes: the most is 16 MiB\nstdin:2: prompt is missing (give the task a prompt or a prompt_file)",
		},
		"latin-1 in TOML":  {"[[task]]\nid = \"caf\xe9\"", "stdin:2:10: byte 18 is not UTF-8 (save the file as UTF-8)"},
		"latin-1 in JSONL": {"{}\n{\"id\": \"caf\xe9\"}", "stdin:1: prompt is missing (give the task a prompt or a prompt_file)\nstdin:2:12: byte 14 of the file is not UTF-8 (save the file as UTF-8)"},
		"nothing":          {"", "stdin: there are no tasks in it: it is empty (orchestrate init writes an example)"},
		"blank":            {" \n\n", "stdin: there are no tasks in it (orchestrate init writes an example)"},
	} {
		if got := mistakesIn(tt.content); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
	}
	if got := mistakesIn(`{"id": "a", "prompt": "` + large[1:] + `"}`); got != "" {
		t.Errorf("a prompt of the largest size: %s", got)
	}
}

func TestPromptFileMistakes(t *testing.T) {
	dir := t.TempDir()
	filetest.Write(t, dir, "empty.md", "\n")
	filetest.Write(t, dir, "latin.md", "caf\xe9")
	filetest.Write(t, dir, "large.md", strings.Repeat("x", maxPrompt+1))
	for file, want := range map[string]string{
		"empty.md": "empty.md is empty",
		"latin.md": "latin.md: byte 3 is not UTF-8",
		"large.md": "large.md is too large: the most is 8 MiB",
		"none.md":  "no such file",
	} {
		_, err := Load(filetest.Write(t, dir, "t.toml", fmt.Sprintf("[[task]]\nid = \"a\"\nprompt_file = %q", file)))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "t.toml:3:1: prompt_file: ") {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

func TestLoadWithoutFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}

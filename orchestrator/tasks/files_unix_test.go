//go:build unix

package tasks

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
	"github.com/orchestrate-go/orchestrate/orchestrator/internal/filetest"
)

// TestOnlyRegularFiles: a pipe in the place of a configuration or a prompt would be waited for, for ever. A task file
// may be one.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, config.FileName)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"pipe": pipe, "device": "/dev/zero"} {
		if _, _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("configuration in a %s: %v", name, err)
		}
		if _, err := config.SetBudget(path, []string{"period=day"}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("budget set in a %s: %v", name, err)
		}
		tasks := filetest.Write(t, dir, "tasks.toml", "[[task]]\nid = \"a\"\nprompt_file = \""+path+"\"\n")
		if _, err := Load(tasks); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("prompt in a %s: %v", name, err)
		}
	}
	if path, err := config.Find("", dir); path != pipe || err != nil {
		t.Errorf("found %s, %v: what is there by the name of a configuration is told", path, err)
	}
	tasks := filepath.Join(dir, "tasks.jsonl")
	if err := syscall.Mkfifo(tasks, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error)
	go func() { written <- os.WriteFile(tasks, []byte(`{"prompt": "a"}`), 0o600) }()
	if tasks, err := Load(tasks); err != nil || len(tasks) != 1 {
		t.Errorf("task file in a pipe: %v, %v", tasks, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// TestPromptsOutsideTheProject: a prompt file that leads out of it is told, whichever way it does.
func TestPromptsOutsideTheProject(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "project", "tasks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filetest.Write(t, outer, "secret", "x")
	filetest.Write(t, dir, "inside.md", "x")
	filetest.Write(t, filepath.Dir(dir), "above.md", "x")
	config := &config.Config{Path: filetest.Write(t, filepath.Dir(dir), config.FileName, "[budget]\n")}
	if err := errors.Join(os.Symlink(secret, filepath.Join(dir, "link.md")), os.Symlink("inside.md", filepath.Join(dir, "near.md"))); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"inside.md":      "",
		"near.md":        "",
		"./../above.md":  "",
		"../../secret":   "tasks.jsonl:1:2: prompt_file: " + secret + " is outside the project",
		secret:           "tasks.jsonl:1:2: prompt_file: " + secret + " is outside the project",
		"link.md":        "tasks.jsonl:1:2: prompt_file: " + dir + "/link.md is outside the project",
		dir + "/near.md": "",
	} {
		path := filetest.Write(t, dir, "tasks.jsonl", `{"prompt_file": "`+file+`"}`)
		got := ""
		tasks, err := Reader{Config: config, Warn: func(w Warning) { got += w.String() }}.Load(path)
		if err != nil || len(tasks) != 1 {
			t.Fatalf("%s: %v", file, err)
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

package tasks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/orchestrate-go/orchestrate/orchestrator/config"
)

func TestInit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.toml")
	if err := os.WriteFile(path, Init(), 0o600); err != nil {
		t.Fatal(err)
	}
	tasks, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	last := tasks[len(tasks)-1]
	if len(last.DependsOn) == 0 || !strings.Contains(last.Prompt, "{{ output") {
		t.Errorf("the example shows no dependency: %+v", last)
	}
	c, _, err := config.Parse(config.FileName, config.Init("sim"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(tasks, c); err != nil {
		t.Error(err)
	}
}
